#include "core/base/message.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/cord.h"

namespace electra {
namespace {

// The key of CodeJson in a status.
constexpr char kPayload[] = "electra.Message";
constexpr char kAt[] = "at";

}  // namespace

Message::Message(std::string_view code, std::string_view text,
                 std::span<const std::string_view> names, std::span<const MessageValue> values)
    : code_(code) {
  for (size_t i = 0; i < names.size(); ++i) Put(std::string(names[i]), values[i].message());
  size_t at = 0;
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', at)) {
    const size_t close = text.find('}', open);
    text_.append(text.substr(at, open - at));
    text_.append(args_[std::string(text.substr(open + 1, close - open - 1))]);
    at = close + 1;
  }
  text_.append(text.substr(at));
}

Message Message::Uncoded(std::string text) {
  Message message;
  message.text_ = std::move(text);
  return message;
}

Message Message::Of(std::string code, std::map<std::string, std::string> args, std::string text) {
  Message message;
  message.code_ = std::move(code);
  message.args_ = std::move(args);
  message.text_ = std::move(text);
  return message;
}

Message Message::Inner(std::string_view name) const {
  const auto value = args_.find(std::string(name));
  Message inner;
  if (value != args_.end()) inner.text_ = value->second;
  const std::string prefix = std::string(name) + ".";
  for (auto it = args_.lower_bound(prefix); it != args_.end() && it->first.starts_with(prefix);
       ++it) {
    const std::string rest = it->first.substr(prefix.size());
    if (rest == "code") {
      inner.code_ = it->second;
    } else {
      inner.args_[rest] = it->second;
    }
  }
  return inner;
}

void Message::Put(const std::string& name, const Message& inner) {
  args_[name] = inner.text_;
  if (inner.code_.empty()) return;
  args_[absl::StrCat(name, ".code")] = inner.code_;
  for (const auto& [place, value] : inner.args_) args_[absl::StrCat(name, ".", place)] = value;
}

MessageValue::MessageValue(const absl::Status& status) : message_(MessageOf(status)) {}

Message Within(const Message& where, const Message& message) {
  Message within = message;
  within.text_ = absl::StrCat(where.text(), ": ", message.text());
  if (message.code().empty()) return within;
  if (!message.args().contains(kAt)) {
    within.Put(kAt, where);
    return within;
  }
  const Message inner = message.Inner(kAt);
  std::erase_if(within.args_,
                [](const auto& arg) { return arg.first == kAt || arg.first.starts_with("at."); });
  if (where.code().empty() && inner.code().empty()) {
    within.Put(kAt, Message::Uncoded(absl::StrCat(where.text(), ": ", inner.text())));
  } else {
    within.Put(kAt,
               Within(where, inner.code().empty() ? Message("PLACE", "{place}", inner) : inner));
  }
  return within;
}

Message Within(std::string_view where, const Message& message) {
  return Within(Message::Uncoded(std::string(where)), message);
}

absl::Status Within(const Message& where, const absl::Status& status) {
  absl::Status within = Error(status.code(), Within(where, MessageOf(status)));
  status.ForEachPayload([&within](absl::string_view key, const absl::Cord& value) {
    if (key != kPayload) within.SetPayload(key, value);
  });
  return within;
}

absl::Status Within(std::string_view where, const absl::Status& status) {
  return Within(Message::Uncoded(std::string(where)), status);
}

absl::Status Error(absl::StatusCode code, const Message& message) {
  absl::Status status(code, message.text());
  if (!message.code().empty()) status.SetPayload(kPayload, absl::Cord(CodeJson(message)));
  return status;
}

Message MessageOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  std::string text(status.message());
  if (!payload) return Message::Uncoded(std::move(text));
  return FromCodeJson(std::move(text), std::string(*payload));
}

std::string CodeJson(const Message& message) {
  if (message.code().empty()) return "";
  const nlohmann::json json = {{"code", message.code()}, {"args", message.args()}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Message FromCodeJson(std::string text, std::string_view json) {
  const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, false);
  const auto is_text = [](const nlohmann::json& value) { return value.is_string(); };
  if (!parsed.is_object() || !parsed.contains("code") || !parsed["code"].is_string() ||
      !parsed.contains("args") || !parsed["args"].is_object() ||
      !std::all_of(parsed["args"].begin(), parsed["args"].end(), is_text)) {
    return Message::Uncoded(std::move(text));
  }
  return Message::Of(parsed["code"].get<std::string>(),
                     parsed["args"].get<std::map<std::string, std::string>>(), std::move(text));
}

}  // namespace electra

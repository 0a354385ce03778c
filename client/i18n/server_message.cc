#include "client/i18n/server_message.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace electra::client {
namespace {

// Sentences contain sentences; a foreign server could nest them without end.
constexpr int kDeepest = 6;
// The place before a sentence: where it holds.
constexpr char kAt[] = "at";

std::optional<std::string> Rendered(const Message& message, int depth);

std::string RenderedOrSame(const Message& message, int depth) {
  return Rendered(message, depth).value_or(message.text());
}

// Nothing where the message lacks a value that `text` names.
std::optional<std::string> Filled(std::string_view text, const Message& message, int depth) {
  std::string filled;
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) break;
    const std::string name(text.substr(open + 1, close - open - 1));
    if (!message.args().contains(name)) return std::nullopt;
    filled.append(text.substr(0, open));
    filled.append(RenderedOrSame(message.Inner(name), depth + 1));
    text.remove_prefix(close + 1);
  }
  filled.append(text);
  return filled;
}

std::optional<std::string> Rendered(const Message& message, int depth) {
  if (message.code().empty() || depth > kDeepest) return std::nullopt;
  const auto text = Korean().FindContext(message.code());
  if (!text) return std::nullopt;
  std::optional<std::string> sentence = Filled(*text, message, depth);
  if (!sentence || !message.args().contains(kAt)) return sentence;
  return absl::StrCat(RenderedOrSame(message.Inner(kAt), depth + 1), ": ", *sentence);
}

}  // namespace

std::string InLanguage(const Message& message, Language language) {
  return language == Language::kKorean ? RenderedOrSame(message, 0) : message.text();
}

Message ServerMessage(const std::string& text, const v1::MessageCode& code) {
  return Message::Of(code.code(), {code.args().begin(), code.args().end()}, text);
}

std::vector<Message> ServerMessages(
    const google::protobuf::RepeatedPtrField<std::string>& texts,
    const google::protobuf::RepeatedPtrField<v1::MessageCode>& codes) {
  std::vector<Message> messages;
  for (int i = 0; i < texts.size(); ++i) {
    messages.push_back(i < codes.size() ? ServerMessage(texts[i], codes[i])
                                        : Message::Uncoded(texts[i]));
  }
  return messages;
}

std::string FixedText(const std::string& text, Language language) {
  if (language != Language::kKorean) return text;
  return std::string(Korean().Find(absl::StrCat("server\004", text)).value_or(text));
}

}  // namespace electra::client

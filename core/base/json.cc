#include "core/base/json.h"

#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"

namespace electra {
namespace {

using nlohmann::json;

// Builds the document while it watches the limits. nlohmann's parser keeps its own stack on the
// heap and its values are destroyed without recursion, so depth is a bound on memory, not on ours.
class BoundedBuilder : public nlohmann::json_sax<json> {
 public:
  explicit BoundedBuilder(const JsonLimits& limits) : limits_(limits) {}

  json TakeRoot() { return std::move(root_); }
  const Message& problem() const { return problem_; }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON has none

  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& value) override {
    if (open_.back()->contains(value)) {
      return Fail(
          Message("JSON_KEY_TWICE", "has the key {key} twice in one object", JsonExcerpt(value)));
    }
    key_ = std::move(value);
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    std::string_view reason = error.what();
    if (const size_t colon = reason.find(": "); colon != std::string_view::npos) {
      reason.remove_prefix(colon + 2);
    }
    return Fail(Message("NOT_JSON", "is not JSON, at byte {byte}: {reason}", position,
                        Utf8Excerpt(reason, 200)));
  }

 private:
  bool Fail(Message problem) {
    problem_ = std::move(problem);
    return false;
  }

  // The place of a new value: the root, the next element, or the member that key() named.
  json* Place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    json& member = parent[key_];
    member = std::move(value);
    return &member;
  }

  bool Count() {
    if (++values_ > limits_.max_values) {
      return Fail(
          Message("JSON_TOO_MANY_VALUES", "has more than {limit} values", limits_.max_values));
    }
    return true;
  }

  bool Add(json value) {
    if (!Count()) return false;
    Place(std::move(value));
    return true;
  }

  bool Open(json empty) {
    if (!Count()) return false;
    if (static_cast<int>(open_.size()) >= limits_.max_depth) {
      return Fail(Message("JSON_TOO_DEEP", "is nested more than {limit} deep", limits_.max_depth));
    }
    // Elements of the arrays above do not move while this one is open: only the last open value
    // grows, so the pointers stay valid.
    open_.push_back(Place(std::move(empty)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  JsonLimits limits_;
  json root_;
  std::vector<json*> open_;
  std::string key_;
  int64_t values_ = 0;
  Message problem_;
};

}  // namespace

absl::StatusOr<json> ParseJson(std::string_view text, const MessageValue& what,
                               const JsonLimits& limits) {
  BoundedBuilder builder(limits);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) {
    return Error(absl::StatusCode::kInvalidArgument, Within(what.message(), builder.problem()));
  }
  json root = builder.TakeRoot();
  if (!root.is_object()) {
    return Within(what.message(),
                  InvalidArgumentError("NOT_A_JSON_OBJECT", "is not a JSON object but {value}",
                                       JsonExcerpt(root)));
  }
  return root;
}

std::optional<int64_t> JsonInteger(const json& value) {
  if (value.is_number_unsigned()) {
    const uint64_t number = value.get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  return std::nullopt;
}

std::string JsonExcerpt(const json& value) {
  constexpr size_t kLimit = 80;
  if (value.is_object()) return "an object";
  if (value.is_array() && value.size() > 8) return absl::StrCat("a list of ", value.size());
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kLimit) return std::string(Utf8Beginning(text, kLimit)) + "...";
  return text;
}

}  // namespace electra

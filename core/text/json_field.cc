#include "core/text/json_field.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/base/message.h"

namespace electra {
namespace {

using nlohmann::json;

// An escape such as "\ud83d" without its other half, which the parser would refuse.
struct LoneSurrogate {
  std::size_t offset = 0;
  char16_t unit = 0;
};

constexpr std::size_t kEscape = 6;  // bytes of "\ud83d"

// The code unit of the escape at `offset`; nullopt where there is none.
std::optional<char16_t> EscapeAt(std::string_view json, std::size_t offset) {
  const std::string_view escape = json.substr(std::min(offset, json.size()), kEscape);
  std::uint16_t unit = 0;
  if (escape.size() < kEscape || !escape.starts_with("\\u")) return std::nullopt;
  const char* const end = escape.data() + kEscape;
  const auto [stop, error] = std::from_chars(escape.data() + 2, end, unit, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return static_cast<char16_t>(unit);
}

bool IsHighSurrogate(std::optional<char16_t> unit) { return unit && (*unit & 0xFC00) == 0xD800; }
bool IsLowSurrogate(std::optional<char16_t> unit) { return unit && (*unit & 0xFC00) == 0xDC00; }

// The first at or after `from`, which must not be inside an escape.
std::optional<LoneSurrogate> FindLoneSurrogate(std::string_view json, std::size_t from) {
  std::size_t at = json.find('\\', from);
  while (at != std::string_view::npos) {
    const std::optional<char16_t> unit = EscapeAt(json, at);
    std::size_t length = unit ? kEscape : 2;
    if (IsHighSurrogate(unit) && IsLowSurrogate(EscapeAt(json, at + kEscape))) {
      length = 2 * kEscape;
    } else if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
      return LoneSurrogate{.offset = at, .unit = *unit};
    }
    at = json.find('\\', at + length);
  }
  return std::nullopt;
}

// `json` with U+FFFD for each lone surrogate, of the same length; empty where there is none.
std::string WithoutLoneSurrogates(std::string_view json) {
  std::string mended;
  for (auto lone = FindLoneSurrogate(json, 0); lone;
       lone = FindLoneSurrogate(json, lone->offset + kEscape)) {
    if (mended.empty()) mended = json;
    mended.replace(lone->offset, kEscape, "\\ufffd");
  }
  return mended;
}

// Tells how far the parser has read.
class Cursor {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}

  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    const Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// Gets the parser's events; false from any of them ends the parsing.
class FieldHandler : public nlohmann::json_sax<json> {
 public:
  // Reads `mended`, which is `json` without its lone surrogates.
  FieldHandler(std::string_view json, std::string_view mended, std::string_view name,
               JsonField* field)
      : json_(json), mended_(mended), name_(name), field_(*field) {}

  const Message& problem() const { return problem_; }

  Cursor begin() { return {mended_.data(), &reached_}; }
  Cursor end() { return {mended_.data() + mended_.size(), &reached_}; }

  bool null() override { return Value(JsonField::Kind::kNull); }
  bool boolean(bool value) override {
    return Value(JsonField::Kind::kBoolean, [&] { return value ? "true" : "false"; });
  }
  bool number_integer(number_integer_t value) override {
    return Value(JsonField::Kind::kInteger, [&] { return std::to_string(value); });
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Value(JsonField::Kind::kInteger, [&] { return std::to_string(value); });
  }
  bool number_float(number_float_t, const string_t& written) override {
    // An integer of more than 64 bits comes here too.
    const bool is_whole = written.find_first_not_of("-0123456789") == std::string::npos;
    return Value(is_whole ? JsonField::Kind::kInteger : JsonField::Kind::kFraction,
                 [&] { return written; });
  }
  bool binary(binary_t&) override { return Value(JsonField::Kind::kOther); }

  bool string(string_t& text) override {
    const std::optional<char16_t> lone = TakeLoneSurrogate();
    if (!Value(JsonField::Kind::kString, [&] { return std::move(text); })) return false;
    if (IsField()) field_.lone_surrogate = lone;
    return true;
  }

  bool key(string_t& key) override {
    TakeLoneSurrogate();
    if (depth_ != 1) return true;
    at_field_ = key == name_;
    const bool known = std::find(field_.keys.begin(), field_.keys.end(), key) != field_.keys.end();
    if (!known && field_.keys.size() < kMaxListedKeys) field_.keys.push_back(key);
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ > 0 && !Value(JsonField::Kind::kOther)) return false;
    return Enter();
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return Value(JsonField::Kind::kOther) && Enter(); }
  bool end_array() override {
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    problem_ =
        Message("LINE_NOT_JSON", "not JSON, the error is at byte {byte} of the line", position);
    return false;
  }

 private:
  // The first one in the text read since the last string, which is the string read now.
  std::optional<char16_t> TakeLoneSurrogate() {
    const auto read = static_cast<std::size_t>(reached_ - mended_.data());
    const std::size_t since = std::exchange(read_, read);
    const auto lone = FindLoneSurrogate(json_.substr(0, read), since);
    return lone ? std::optional(lone->unit) : std::nullopt;
  }

  bool IsField() const { return depth_ == 1 && at_field_; }

  // Most values of a line belong to other fields: their `text` is not made.
  template <typename Text>
  bool Value(JsonField::Kind kind, const Text& text) {
    if (depth_ == 0) {
      problem_ = Message("LINE_NOT_AN_OBJECT", "JSON, but not an object");
      return false;
    }
    if (!IsField()) return true;
    field_.kind = kind;
    field_.text = text();
    field_.lone_surrogate.reset();
    return true;
  }
  bool Value(JsonField::Kind kind) {
    return Value(kind, [] { return ""; });
  }

  bool Enter() {
    if (++depth_ <= kMaxJsonDepth) return true;
    problem_ = Message("LINE_JSON_TOO_DEEP", "JSON nested deeper than {limit}", kMaxJsonDepth);
    return false;
  }

  const std::string_view json_;
  const std::string_view mended_;
  const std::string_view name_;
  const char* reached_ = mended_.data();
  std::size_t read_ = 0;  // bytes, up to the end of the last string
  JsonField& field_;
  int depth_ = 0;
  bool at_field_ = false;  // the last key at depth 1 was name_
  Message problem_;
};

}  // namespace

absl::Status ReadJsonField(std::string_view text, std::string_view name, JsonField* field) {
  *field = {};
  const std::string mended = WithoutLoneSurrogates(text);
  FieldHandler handler(text, mended.empty() ? text : mended, name, field);
  if (json::sax_parse(handler.begin(), handler.end(), &handler)) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, handler.problem());
}

}  // namespace electra

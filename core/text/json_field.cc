#include "core/text/json_field.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace electra {
namespace {

using nlohmann::json;

// Gets the parser's events; false from any of them ends the parsing.
class FieldHandler : public nlohmann::json_sax<json> {
 public:
  FieldHandler(std::string_view name, JsonField* field) : name_(name), field_(*field) {}

  const std::string& problem() const { return problem_; }

  bool null() override { return Value(JsonField::Kind::kNull); }
  bool boolean(bool) override { return Value(JsonField::Kind::kOther); }
  bool number_integer(number_integer_t) override { return Value(JsonField::Kind::kOther); }
  bool number_unsigned(number_unsigned_t) override { return Value(JsonField::Kind::kOther); }
  bool number_float(number_float_t, const string_t&) override {
    return Value(JsonField::Kind::kOther);
  }
  bool binary(binary_t&) override { return Value(JsonField::Kind::kOther); }

  bool string(string_t& text) override {
    const bool ours = depth_ == 1 && at_field_;
    if (!Value(JsonField::Kind::kString)) return false;
    if (ours) field_.text = std::move(text);
    return true;
  }

  bool key(string_t& key) override {
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
    problem_ = absl::StrCat("no JSON, the error is at byte ", position, " of the line");
    return false;
  }

 private:
  bool Value(JsonField::Kind kind) {
    if (depth_ == 0) {
      problem_ = "JSON, but no object";
      return false;
    }
    if (depth_ == 1 && at_field_) field_.kind = kind;
    return true;
  }

  bool Enter() {
    if (++depth_ <= kMaxJsonDepth) return true;
    problem_ = absl::StrCat("JSON nested deeper than ", kMaxJsonDepth);
    return false;
  }

  const std::string_view name_;
  JsonField& field_;
  int depth_ = 0;
  bool at_field_ = false;  // the last key at depth 1 was name_
  std::string problem_;
};

}  // namespace

absl::Status ReadJsonField(std::string_view text, std::string_view name, JsonField* field) {
  *field = {};
  FieldHandler handler(name, field);
  if (json::sax_parse(text.begin(), text.end(), &handler)) return absl::OkStatus();
  return absl::InvalidArgumentError(handler.problem());
}

}  // namespace electra

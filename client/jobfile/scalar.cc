#include "client/jobfile/scalar.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/yaml_scalar.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

constexpr int64_t kLargestExact = int64_t{1} << 53;

google::protobuf::Value NumberValue(double number) {
  google::protobuf::Value value;
  value.set_number_value(number);
  return value;
}

google::protobuf::Value BooleanValue(bool boolean) {
  google::protobuf::Value value;
  value.set_bool_value(boolean);
  return value;
}

absl::Status InexactError(std::string_view key, const std::string& number) {
  return InvalidArgument(kPhrases.inexact, Visible(key), number);
}

absl::StatusOr<google::protobuf::Value> IntegerValue(std::string_view key,
                                                     const nlohmann::json& json) {
  const bool exact = json.is_number_unsigned()
                         ? json.get<uint64_t>() <= static_cast<uint64_t>(kLargestExact)
                         : json.get<int64_t>() >= -kLargestExact;
  if (!exact) return InexactError(key, json.dump());
  return NumberValue(json.get<double>());
}

}  // namespace

google::protobuf::Value StringValue(std::string text) {
  google::protobuf::Value value;
  value.set_string_value(std::move(text));
  return value;
}

absl::StatusOr<google::protobuf::Value> ScalarFromJson(std::string_view key,
                                                       const nlohmann::json& json) {
  if (json.is_boolean()) return BooleanValue(json.get<bool>());
  if (json.is_number_integer()) return IntegerValue(key, json);
  if (json.is_number_float()) {
    const double number = json.get<double>();
    // Digits without point or exponent that overflow an integer are parsed as a float.
    if (std::isinf(number)) return InexactError(key, json.dump());
    return NumberValue(number);
  }
  if (json.is_string()) return StringValue(json.get<std::string>());
  return InvalidArgument(kPhrases.not_scalar, Visible(key),
                         json.is_null()    ? kPhrases.is_null
                         : json.is_array() ? kPhrases.is_list
                                           : kPhrases.is_map);
}

absl::StatusOr<google::protobuf::Value> ParseScalar(std::string_view key, const std::string& text) {
  if (!IsUtf8(text)) {
    return InvalidArgument(kPhrases.value_not_utf8, Visible(key));
  }
  const absl::string_view trimmed = absl::StripAsciiWhitespace(text);
  const std::string_view plain(trimmed.data(), trimmed.size());
  if (const std::optional<bool> boolean = YamlBoolean(plain)) return BooleanValue(*boolean);
  if (IsYamlInteger(plain)) {
    const std::optional<int64_t> integer = YamlInteger(plain);
    if (!integer || *integer > kLargestExact || *integer < -kLargestExact) {
      return InexactError(key, std::string(plain));
    }
    return NumberValue(static_cast<double>(*integer));
  }
  if (const std::optional<double> number = YamlFloat(plain)) return NumberValue(*number);
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  return StringValue(json.is_string() ? json.get<std::string>() : text);
}

}  // namespace electra::client

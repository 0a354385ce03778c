#include "client/jobfile/scalar.h"

#include <cmath>
#include <utility>

#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

constexpr int64_t kLargestExact = int64_t{1} << 53;

google::protobuf::Value NumberValue(double number) {
  google::protobuf::Value value;
  value.set_number_value(number);
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
  if (json.is_boolean()) {
    google::protobuf::Value value;
    value.set_bool_value(json.get<bool>());
    return value;
  }
  if (json.is_number_integer()) return IntegerValue(key, json);
  if (json.is_number_float()) {
    const double number = json.get<double>();
    // Digits without point or exponent that overflow an integer come as a float.
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
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const bool is_scalar = json.is_boolean() || json.is_number() || json.is_string();
  if (!is_scalar) return StringValue(text);
  const bool is_long_integer =
      json.is_number_float() && text.find_first_of(".eE") == std::string::npos;
  if (is_long_integer) return InexactError(key, text);
  return ScalarFromJson(key, json);
}

}  // namespace electra::client

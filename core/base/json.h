// JSON from a foreign file, with bounds: nesting, number of values, duplicate keys, UTF-8.
//
//   ASSIGN_OR_RETURN(nlohmann::json json, ParseJson(text, "config.json", {}));
//
// Pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/message.h"

namespace electra {

struct JsonLimits {
  int max_depth = 32;
  int64_t max_values = 4'000'000;  // objects, arrays and scalars together
};

// `what` starts the error messages. The top value must be an object. InvalidArgument: the message
// names the byte, or the key that occurs twice.
absl::StatusOr<nlohmann::json> ParseJson(std::string_view text, const MessageValue& what,
                                         const JsonLimits& limits);

// An integer within int64; nullopt for anything else, fractions and booleans included.
std::optional<int64_t> JsonInteger(const nlohmann::json& value);

// The value as JSON for an error message, cut to about 80 bytes.
std::string JsonExcerpt(const nlohmann::json& value);

}  // namespace electra

// Single values as users write them, for google.protobuf.Value.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/struct.pb.h"
#include "nlohmann/json_fwd.hpp"

namespace electra::client {

// A number or a boolean where `text` is one by YAML's core schema (core/base/yaml_scalar.h), the
// string of a quoted JSON string, else `text` as a string. `key` names the value in errors: an
// integer that a double cannot hold exactly is refused, since it would reach the server as another
// one.
absl::StatusOr<google::protobuf::Value> ParseScalar(std::string_view key, const std::string& text);

// A JSON number, boolean or string; anything else is refused.
absl::StatusOr<google::protobuf::Value> ScalarFromJson(std::string_view key,
                                                       const nlohmann::json& json);

google::protobuf::Value StringValue(std::string text);

}  // namespace electra::client

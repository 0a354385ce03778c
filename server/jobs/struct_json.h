// JSON objects, as they are stored, and the contract's Struct. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/struct.pb.h"

namespace electra::server {

// Internal: not a JSON object.
absl::StatusOr<google::protobuf::Struct> JsonToStruct(std::string_view json);

// InvalidArgument: it has a value that JSON lacks, such as NaN.
absl::StatusOr<std::string> StructToJson(const google::protobuf::Struct& object);

}  // namespace electra::server

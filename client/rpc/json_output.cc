#include "client/rpc/json_output.h"

#include "core/base/safe_text.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace electra::client {

std::string ToJsonLine(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  // Only a time out of range or an endless number inside a Struct has no JSON form.
  if (!status.ok()) return "{}\n";
  return EscapeActive(json) + '\n';
}

void WriteJsonLine(std::ostream& out, const google::protobuf::Message& message) {
  out << ToJsonLine(message) << std::flush;
}

void WriteJsonLine(std::ostream& out, const nlohmann::json& object) {
  const std::string json = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out << EscapeActive(json) << std::endl;
}

}  // namespace electra::client

#include "client/rpc/json_output.h"

#include "core/base/safe_text.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Json = nlohmann::ordered_json;

bool IsScalarWithPresence(const FieldDescriptor& field) {
  return field.has_presence() && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE &&
         field.real_containing_oneof() == nullptr;
}

// Null for each `optional` scalar that `message` lacks: the mapping leaves it out. False: it lacks
// none, and `json` is as it was.
bool AddNulls(const Message& message, Json& json) {
  const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  bool added = false;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (IsScalarWithPresence(field)) {
      if (reflection.HasField(message, &field)) continue;
      json[field.name()] = nullptr;
      added = true;
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_map()) {
      const auto value = json.find(field.name());
      if (value == json.end()) continue;
      if (!field.is_repeated()) {
        if (value->is_object()) {
          added |= AddNulls(reflection.GetMessage(message, &field), *value);
        }
        continue;
      }
      for (int j = 0; j < reflection.FieldSize(message, &field); ++j) {
        Json& element = (*value)[static_cast<size_t>(j)];
        if (element.is_object()) {
          added |= AddNulls(reflection.GetRepeatedMessage(message, &field, j), element);
        }
      }
    }
  }
  return added;
}

}  // namespace

std::string ToJsonLine(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  // Only a time out of range or an endless number inside a Struct has no JSON form.
  if (!status.ok()) return "{}\n";
  Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (AddNulls(message, parsed)) json = parsed.dump();
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

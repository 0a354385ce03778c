#include "server/jobs/struct_json.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "core/base/message.h"

namespace electra::server {
namespace {

void SetStruct(const nlohmann::json& json, google::protobuf::Struct* object);

void SetValue(const nlohmann::json& json, google::protobuf::Value* value) {
  switch (json.type()) {
    case nlohmann::json::value_t::object:
      SetStruct(json, value->mutable_struct_value());
      break;
    case nlohmann::json::value_t::array:
      value->mutable_list_value();
      for (const nlohmann::json& entry : json) {
        SetValue(entry, value->mutable_list_value()->add_values());
      }
      break;
    case nlohmann::json::value_t::string:
      value->set_string_value(json.get_ref<const std::string&>());
      break;
    case nlohmann::json::value_t::boolean:
      value->set_bool_value(json.get<bool>());
      break;
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
    case nlohmann::json::value_t::number_float:
      value->set_number_value(json.get<double>());
      break;
    default:
      value->set_null_value(google::protobuf::NULL_VALUE);
      break;
  }
}

// Some twenty times as fast as protobuf's own way through its type resolver: a page of a thousand
// jobs has as many objects.
void SetStruct(const nlohmann::json& json, google::protobuf::Struct* object) {
  for (const auto& [key, entry] : json.items()) SetValue(entry, &(*object->mutable_fields())[key]);
}

}  // namespace

absl::StatusOr<google::protobuf::Struct> JsonToStruct(std::string_view json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return InternalError("DAMAGED_JSON", "stored JSON is not an object");
  google::protobuf::Struct object;
  SetStruct(parsed, &object);
  return object;
}

absl::StatusOr<std::string> StructToJson(const google::protobuf::Struct& object) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(object, &json);
  if (status.ok()) return json;
  return InvalidArgumentError("NOT_JSON_VALUES", "hyperparameters are not JSON: {error}",
                              std::string(status.message()));
}

}  // namespace electra::server

#include "client/rpc/json_output.h"

#include <cstdint>

#include "absl/strings/numbers.h"
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

// Beyond it a program that reads numbers as doubles takes one for its neighbour.
constexpr int64_t kLargestExact = int64_t{1} << 53;

bool Is64Bits(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

// The mapping writes 64-bit integers as strings.
void MakeNumber(Json& value) {
  if (!value.is_string()) return;
  int64_t number = 0;
  const bool is_exact = absl::SimpleAtoi(value.get_ref<const std::string&>(), &number) &&
                        number >= -kLargestExact && number <= kLargestExact;
  if (is_exact) value = number;
}

void Adapt(const Message& message, Json& json);

void AdaptRepeated(const Message& message, const FieldDescriptor& field, Json& elements) {
  if (Is64Bits(field)) {
    for (Json& element : elements) MakeNumber(element);
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    Adapt(message.GetReflection()->GetRepeatedMessage(message, &field, i),
          elements[static_cast<size_t>(i)]);
  }
}

void AdaptField(const Message& message, const FieldDescriptor& field, Json& value) {
  if (field.is_map()) {
    // The keys of an object are strings in any case. Maps of messages there are none.
    if (!Is64Bits(*field.message_type()->map_value())) return;
    for (Json& element : value) MakeNumber(element);
  } else if (field.is_repeated()) {
    AdaptRepeated(message, field, value);
  } else if (Is64Bits(field)) {
    MakeNumber(value);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    Adapt(message.GetReflection()->GetMessage(message, &field), value);
  }
}

// Adapts protobuf's mapping to the promised form: 64-bit integers are numbers, and each `optional`
// scalar that `message` lacks, which the mapping leaves out, is null.
void Adapt(const Message& message, Json& json) {
  const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
  // Those of protobuf itself have forms of their own: times, structs.
  if (!json.is_object() || descriptor.file()->package() == "google.protobuf") return;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (IsScalarWithPresence(field) && !message.GetReflection()->HasField(message, &field)) {
      json[field.name()] = nullptr;
    } else if (const auto value = json.find(field.name()); value != json.end()) {
      AdaptField(message, field, *value);
    }
  }
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
  Adapt(message, parsed);
  return EscapeActive(parsed.dump(-1, ' ', false, Json::error_handler_t::replace)) + '\n';
}

void WriteJsonLine(std::ostream& out, const google::protobuf::Message& message) {
  out << ToJsonLine(message) << std::flush;
}

void WriteJsonLine(std::ostream& out, const nlohmann::json& object) {
  const std::string json = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out << EscapeActive(json) << std::endl;
}

}  // namespace electra::client

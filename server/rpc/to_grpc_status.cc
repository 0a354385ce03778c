#include "server/rpc/to_grpc_status.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/utf8.h"
#include "google/rpc/status.pb.h"
#include "server/base/errors.h"

namespace electra::server {
namespace {

constexpr char kErrorInfoType[] = "type.googleapis.com/google.rpc.ErrorInfo";

// gRPC carries message and details in a trailer, which peers bound to 8 KiB in all. In the message
// a byte that is not ASCII takes three there.
constexpr size_t kMaxStatusMessage = 1600;
constexpr size_t kMaxUnicodeMessage = 800;

std::string BoundedMessage(std::string_view text) {
  const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
  return Utf8Excerpt(text, is_ascii ? kMaxStatusMessage : kMaxUnicodeMessage);
}

void AddDetail(const char* type, std::string value, google::rpc::Status* details) {
  google::protobuf::Any* any = details->add_details();
  any->set_type_url(type);
  any->set_value(std::move(value));
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.raw_code());  // the numbers are the same
  const std::string message = BoundedMessage({status.message().data(), status.message().size()});

  google::rpc::Status details;
  details.set_code(status.raw_code());
  details.set_message(message);
  AddDetail(kErrorInfoType, ErrorInfoOf(status), &details);
  if (const auto bad_request = status.GetPayload(kBadRequestType)) {
    AddDetail(kBadRequestType, std::string(*bad_request), &details);
  }
  return grpc::Status(code, message, details.SerializeAsString());
}

}  // namespace electra::server

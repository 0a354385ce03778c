#include "server/rpc/to_grpc_status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace electra::server {
namespace {

constexpr char kErrorInfoType[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestType[] = "type.googleapis.com/google.rpc.BadRequest";

// gRPC carries details in a trailer, which peers bound to a few kilobytes in all.
constexpr size_t kMaxViolations = 20;
constexpr size_t kMaxMessage = 2000;

google::rpc::ErrorInfo MakeErrorInfo(const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("electra");
  return info;
}

void AddDetail(const char* type, std::string value, google::rpc::Status* details) {
  google::protobuf::Any* any = details->add_details();
  any->set_type_url(type);
  any->set_value(std::move(value));
}

}  // namespace

absl::Status WithReason(absl::Status status, const std::string& reason,
                        const std::vector<std::pair<std::string, std::string>>& metadata) {
  google::rpc::ErrorInfo info = MakeErrorInfo(reason);
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  status.SetPayload(kErrorInfoType, absl::Cord(info.SerializeAsString()));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const auto payload = status.GetPayload(kErrorInfoType);
  if (payload && info.ParseFromString(std::string(*payload))) return info.reason();
  return absl::StatusCodeToString(status.code());
}

absl::Status FieldViolations(const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest details;
  for (const FieldViolation& violation : violations) {
    if (static_cast<size_t>(details.field_violations_size()) == kMaxViolations) break;
    google::rpc::BadRequest::FieldViolation* added = details.add_field_violations();
    added->set_field(Utf8Excerpt(violation.field, 200));
    added->set_description(Utf8Excerpt(violation.description, 400));
  }
  std::string message = violations.front().description;
  if (violations.size() > 1) {
    absl::StrAppend(&message, " (and ", violations.size() - 1, " more)");
  }
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kBadRequestType, absl::Cord(details.SerializeAsString()));
  return status;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.raw_code());  // the numbers are the same
  const std::string message =
      Utf8Excerpt({status.message().data(), status.message().size()}, kMaxMessage);

  google::rpc::Status details;
  details.set_code(status.raw_code());
  details.set_message(message);
  const auto info = status.GetPayload(kErrorInfoType);
  AddDetail(kErrorInfoType,
            info ? std::string(*info) : MakeErrorInfo(ReasonOf(status)).SerializeAsString(),
            &details);
  if (const auto bad_request = status.GetPayload(kBadRequestType)) {
    AddDetail(kBadRequestType, std::string(*bad_request), &details);
  }
  return grpc::Status(code, message, details.SerializeAsString());
}

}  // namespace electra::server

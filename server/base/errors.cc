#include "server/base/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"
#include "google/rpc/error_details.pb.h"

namespace electra::server {
namespace {

// They travel in a trailer, which peers bound to a few kilobytes in all.
constexpr size_t kMaxViolations = 20;

google::rpc::ErrorInfo MakeErrorInfo(const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("electra");
  return info;
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

std::string ErrorInfoOf(const absl::Status& status) {
  if (const auto info = status.GetPayload(kErrorInfoType)) return std::string(*info);
  return MakeErrorInfo(ReasonOf(status)).SerializeAsString();
}

}  // namespace electra::server

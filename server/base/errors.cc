#include "server/base/errors.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"
#include "google/rpc/error_details.pb.h"

namespace electra::server {
namespace {

// They travel in a trailer, which peers bound to 8 KiB in all, the status's message included.
constexpr size_t kMaxViolations = 20;
constexpr size_t kMaxBadRequest = 1500;
constexpr size_t kMaxErrorInfo = 1500;
constexpr size_t kMaxValue = 400;

constexpr std::string_view kViolations = "violations.";

// Of "violations.3.code" 3; of other keys 0.
int ViolationOf(std::string_view key) {
  int number = 0;
  if (!key.starts_with(kViolations)) return number;
  key.remove_prefix(kViolations.size());
  const std::string_view digits = key.substr(0, key.find('.'));
  return absl::SimpleAtoi({digits.data(), digits.size()}, &number) ? number : 0;
}

// Puts in the values, and those of so many violations besides the first; -1: also without values of
// messages within the message. Returns whether there is room.
bool PutValues(const Message& message, int violations, google::rpc::ErrorInfo* info) {
  info->clear_metadata();
  for (const auto& [key, value] : message.args()) {
    const bool is_inner = key.find('.') != std::string::npos;
    if (ViolationOf(key) > std::max(violations, 0) || (is_inner && violations < 0)) continue;
    (*info->mutable_metadata())[key] = Utf8Excerpt(value, kMaxValue);
  }
  return info->ByteSizeLong() <= kMaxErrorInfo;
}

}  // namespace

std::string ReasonOf(const absl::Status& status) {
  const Message message = MessageOf(status);
  return message.code().empty() ? absl::StatusCodeToString(status.code()) : message.code();
}

absl::Status FileError(const std::filesystem::path& path, const std::error_code& error) {
  return InternalError("FILE_ERROR", "{path}: {error}", path.string(), error.message());
}

Message ShuttingDown() { return Message("SHUTTING_DOWN", "the daemon is shutting down"); }

absl::Status ClientIsGone() { return CancelledError("CLIENT_GONE", "the client is gone"); }

Message TooManyBytes(const MessageValue& what, size_t bytes, size_t limit) {
  return Message("TOO_MANY_BYTES", "{field} has {bytes} bytes: at most {limit} are accepted",
                 what.message(), bytes, limit);
}

absl::Status FieldViolations(const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest details;
  const Message& first = violations.front().description;
  std::map<std::string, std::string> args = first.args();
  for (size_t i = 0; i < violations.size() && i < kMaxViolations; ++i) {
    const Message& message = violations[i].description;
    google::rpc::BadRequest::FieldViolation* added = details.add_field_violations();
    added->set_field(Utf8Excerpt(violations[i].field, 200));
    added->set_description(Utf8Excerpt(message.text(), 400));
    if (details.ByteSizeLong() > kMaxBadRequest) {
      details.mutable_field_violations()->RemoveLast();
      break;
    }
    if (i == 0 || message.code().empty()) continue;
    const std::string prefix = absl::StrCat("violations.", i, ".");
    args[prefix + "code"] = message.code();
    for (const auto& [place, value] : message.args()) args[prefix + place] = value;
  }
  std::string text = first.text();
  if (violations.size() > 1) {
    absl::StrAppend(&text, " (and ", violations.size() - 1, " more)");
  }
  absl::Status status = Error(absl::StatusCode::kInvalidArgument,
                              Message::Of(first.code(), std::move(args), std::move(text)));
  status.SetPayload(kBadRequestType, absl::Cord(details.SerializeAsString()));
  return status;
}

std::string ErrorInfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonOf(status));
  info.set_domain("electra");
  const Message message = MessageOf(status);
  for (int violations = kMaxViolations; violations >= -1; --violations) {
    if (PutValues(message, violations, &info)) return info.SerializeAsString();
  }
  info.clear_metadata();
  return info.SerializeAsString();
}

}  // namespace electra::server

#include "client/failure.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/render/visible_text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace electra::client {
namespace {

// gRPC's own messages wrap the cause in layers that end with ": ".
std::string InnermostCause(const std::string& message) {
  const size_t colon = message.rfind(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

bool IsConnectionMessage(const std::string& message) {
  for (const char* beginning :
       {"failed to connect", "connections to all backends", "DNS resolution failed",
        "empty address list", "Socket closed", "Connection reset", "GOAWAY", "Broken pipe",
        "recvmsg", "keepalive watchdog", "Trying to connect an http1.x server",
        "Endpoint read failed", "Endpoint write failed"}) {
    if (absl::StartsWithIgnoreCase(message, beginning)) return true;
  }
  return false;
}

std::string CodeName(grpc::StatusCode code) {
  // Both enumerations have the numbers of google.rpc.Code.
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

void AddDetails(const grpc::Status& status, Failure& failure) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return;
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::BadRequest bad_request;
    google::rpc::ErrorInfo error_info;
    if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        failure.details.push_back(
            violation.field().empty()
                ? violation.description()
                : absl::StrCat(violation.field(), ": ", violation.description()));
      }
    } else if (failure.sentence.empty() && any.UnpackTo(&error_info)) {
      failure.sentence = error_info.reason();
    }
  }
}

std::string NoServerSentence(const grpc::Status& status, const std::string& server,
                             absl::Duration timeout) {
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return absl::StrFormat(
        "the server at %s did not answer within %s; give it longer with --timeout", server,
        absl::FormatDuration(timeout));
  }
  if (IsConnectionMessage(status.error_message())) {
    return absl::StrCat("no server at ", server, " (", InnermostCause(status.error_message()),
                        "); start electrad there, or name another with --server or ELECTRA_SERVER");
  }
  return absl::StrCat("the server at ", server, " is not available: ", status.error_message());
}

}  // namespace

Failure LocalFailure(const absl::Status& status) {
  return {.exit_code = ExitCode::kUsage, .sentence = std::string(status.message()), .details = {}};
}

Failure CallFailure(const grpc::Status& status, std::string_view target, absl::Duration timeout) {
  const std::string server(target);
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {.exit_code = ExitCode::kNoServer,
              .sentence = NoServerSentence(status, server, timeout),
              .details = {}};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {.exit_code = ExitCode::kRefused,
              .sentence = absl::StrCat("the server at ", server, " does not know this request (",
                                       status.error_message(),
                                       "); is it an electrad of this client's version?"),
              .details = {}};
    default:
      break;
  }
  Failure failure{
      .exit_code = ExitCode::kRefused, .sentence = status.error_message(), .details = {}};
  AddDetails(status, failure);
  if (failure.sentence.empty()) {
    failure.sentence = absl::StrCat("the server at ", server, " answered ",
                                    CodeName(status.error_code()), " without a reason");
  }
  return failure;
}

ExitCode Report(Output& err, const Failure& failure) {
  *err.stream << "electra: " << Visible(failure.sentence) << "\n";
  for (const std::string& detail : failure.details) {
    *err.stream << "  " << Visible(detail) << "\n";
  }
  err.stream->flush();
  return failure.exit_code;
}

}  // namespace electra::client

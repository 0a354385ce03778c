#include "client/rpc/error_details.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace electra::client {
namespace {

constexpr char kDomain[] = "electra";

template <typename Detail>
std::vector<Detail> DetailsOf(const grpc::Status& status) {
  std::vector<Detail> found;
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return found;
  for (const google::protobuf::Any& any : details.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(std::move(detail));
  }
  return found;
}

}  // namespace

Message ServerMessage(const grpc::Status& status) {
  const std::string& text = status.error_message();
  for (const auto& info : DetailsOf<google::rpc::ErrorInfo>(status)) {
    if (info.domain() == kDomain) {
      return Message::Of(info.reason(), {info.metadata().begin(), info.metadata().end()},
                         text.empty() ? info.reason() : text);
    }
    if (text.empty()) return Message::Uncoded(info.reason());
  }
  return Message::Uncoded(text);
}

std::vector<FieldProblem> FieldProblems(const grpc::Status& status) {
  std::vector<FieldProblem> problems;
  const Message message = ServerMessage(status);
  for (const auto& bad_request : DetailsOf<google::rpc::BadRequest>(status)) {
    for (const auto& violation : bad_request.field_violations()) {
      // The first one's code is the status's; the others' are among its values, numbered.
      const Message coded =
          problems.empty() ? message : message.Inner(absl::StrCat("violations.", problems.size()));
      problems.push_back(
          {.field = violation.field(),
           .description = Message::Of(coded.code(), coded.args(), violation.description())});
    }
  }
  return problems;
}

}  // namespace electra::client

#include "client/rpc/failure.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_sentences.h"
#include "client/rpc/no_server.h"
#include "client/text/visible_text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace electra::client {
namespace {

std::string CodeName(grpc::StatusCode code) {
  // Both enumerations have the numbers of google.rpc.Code.
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

const Phrase& KindOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return kPhrases.invalid_argument;
    case grpc::StatusCode::NOT_FOUND:
      return kPhrases.not_found;
    case grpc::StatusCode::ALREADY_EXISTS:
      return kPhrases.already_exists;
    case grpc::StatusCode::PERMISSION_DENIED:
      return kPhrases.permission_denied;
    case grpc::StatusCode::UNAUTHENTICATED:
      return kPhrases.unauthenticated;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return kPhrases.resource_exhausted;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return kPhrases.failed_precondition;
    case grpc::StatusCode::ABORTED:
      return kPhrases.aborted;
    case grpc::StatusCode::DATA_LOSS:
      return kPhrases.data_loss;
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
      return kPhrases.internal;
    default:
      return kPhrases.other_refusal;
  }
}

template <typename Message>
std::vector<Message> DetailsOf(const grpc::Status& status) {
  std::vector<Message> found;
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return found;
  for (const google::protobuf::Any& any : details.details()) {
    Message message;
    if (any.UnpackTo(&message)) found.push_back(std::move(message));
  }
  return found;
}

Bilingual RefusalSentence(const grpc::Status& status, const std::string& server) {
  std::string sentence = status.error_message();
  for (const auto& info : DetailsOf<google::rpc::ErrorInfo>(status)) {
    if (sentence.empty()) sentence = info.reason();
  }
  if (sentence.empty()) return Say(kPhrases.no_reason, server, CodeName(status.error_code()));
  const std::string korean = InLanguage(sentence, Language::kKorean);
  if (korean != sentence) return {sentence, korean};
  return Say(kPhrases.refused, KindOf(status.error_code()), sentence);
}

}  // namespace

Failure LocalFailure(const absl::Status& status, Language language) {
  return {.exit_code = ExitCode::kUsage, .sentence = Bilingual(status).In(language), .details = {}};
}

std::vector<FieldProblem> FieldProblems(const grpc::Status& status) {
  std::vector<FieldProblem> problems;
  for (const auto& bad_request : DetailsOf<google::rpc::BadRequest>(status)) {
    for (const auto& violation : bad_request.field_violations()) {
      problems.push_back({.field = violation.field(), .description = violation.description()});
    }
  }
  return problems;
}

Failure CallFailure(const grpc::Status& status, const Reach& reach, Language language) {
  const std::string& server = reach.target;
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {.exit_code = ExitCode::kNoServer,
              .sentence = NoServerSentence(status, reach).In(language),
              .details = {}};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {
          .exit_code = ExitCode::kRefused,
          .sentence = Say(kPhrases.unknown_request, server, status.error_message()).In(language),
          .details = {}};
    default:
      break;
  }
  Failure failure{.exit_code = ExitCode::kRefused,
                  .sentence = RefusalSentence(status, server).In(language),
                  .details = {}};
  const std::vector<FieldProblem> problems = FieldProblems(status);
  // Of one problem the sentence has said all.
  if (problems.size() == 1 && problems[0].description == status.error_message()) return failure;
  for (const FieldProblem& problem : problems) {
    const std::string description = InLanguage(problem.description, language);
    failure.details.push_back(
        problem.field.empty() ? description : absl::StrCat(problem.field, ": ", description));
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

#include "client/rpc/failure.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/i18n/server_message.h"
#include "client/rpc/error_details.h"
#include "client/rpc/no_server.h"
#include "client/text/visible_text.h"

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

// Without a Korean translation, the kind of the refusal precedes the server's sentence. Problems
// after the first follow as lines of their own.
Bilingual RefusalSentence(const grpc::Status& status, size_t problems, const std::string& server) {
  const Message message = ServerMessage(status);
  if (message.text().empty()) {
    return Say(kPhrases.no_reason, server, CodeName(status.error_code()));
  }
  Bilingual sentence = message;
  if (sentence.korean == sentence.english) {
    const char* kind = KindOf(status.error_code()).In(Language::kKorean);
    sentence.korean = absl::StrCat(kind, ": ", sentence.english);
  } else if (problems > 1) {
    sentence.korean = Say(kPhrases.more_problems, sentence, problems - 1).korean;
  }
  return sentence;
}

}  // namespace

Failure LocalFailure(const absl::Status& status, Language language) {
  return {.exit_code = ExitCode::kUsage, .sentence = Bilingual(status).In(language), .details = {}};
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
  const std::vector<FieldProblem> problems = FieldProblems(status);
  Failure failure{.exit_code = ExitCode::kRefused,
                  .sentence = RefusalSentence(status, problems.size(), server).In(language),
                  .details = {}};
  // A single problem is already in the sentence.
  if (problems.size() == 1 && problems[0].description.text() == status.error_message()) {
    return failure;
  }
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

#include "client/shell/command_context.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace electra::client {
namespace {

std::string WithCollection(const char* collection, const std::string& given) {
  return absl::StartsWith(given, collection) ? given : absl::StrCat(collection, given);
}

}  // namespace

ExitCode CommandContext::Fail(const absl::Status& status) const {
  if (environment.interruption->triggered()) return ExitCode::kInterrupted;
  return Report(environment.err, LocalFailure(status, language));
}

ExitCode CommandContext::Fail(const grpc::Status& status) const {
  if (environment.interruption->triggered()) return ExitCode::kInterrupted;
  return Report(environment.err,
                CallFailure(status, connection.target(), connection.timeout(), language));
}

Terminal* CommandContext::LiveTerminal() const {
  Terminal* terminal = environment.terminal;
  const bool can_draw = terminal != nullptr && format == OutputFormat::kText &&
                        environment.out.is_terminal &&
                        terminal->CanDraw(environment.variable("TERM").value_or(""));
  return can_draw ? terminal : nullptr;
}

std::string JobName(const std::string& given) { return WithCollection("jobs/", given); }

std::string CorpusName(const std::string& given) { return WithCollection("corpora/", given); }

std::string ModelName(const std::string& given) { return WithCollection("models/", given); }

std::string ShortName(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

}  // namespace electra::client

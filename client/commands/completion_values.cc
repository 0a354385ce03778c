#include "client/commands/completion_values.h"

#include <algorithm>
#include <map>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "client/i18n/labels.h"
#include "client/i18n/message_values.h"
#include "client/jobfile/job_keys.h"
#include "client/rpc/connection.h"
#include "client/settings/settings.h"
#include "client/shell/command_context.h"
#include "client/text/resource_name.h"
#include "client/text/visible_text.h"
#include "client/views/hyperparameter_text.h"
#include "electra/v1/access.pb.h"
#include "electra/v1/corpus.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/model.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

// Longer than a healthy server takes, shorter than a user waits for a tab.
constexpr absl::Duration kPatience = absl::Milliseconds(700);
constexpr int kMostJobs = 50;

GlobalOptions OptionsOf(const ValueQuery& query) {
  GlobalOptions options;
  for (const auto& [name, value] : query.options) {
    if (name == "--server") options.server = value;
    if (name == "--context") options.context = value;
    if (name == "--ca") options.access.ca = value;
    if (name == "--cert") options.access.certificate = value;
    if (name == "--key") options.access.key = value;
    if (name == "--tls") options.access.transport = Transport::kTls;
    if (name == "--insecure") options.access.transport = Transport::kPlain;
  }
  return options;
}

bool Fits(ValueKind kind, v1::JobState state) {
  switch (kind) {
    case ValueKind::kOpenJob:
      return state == v1::QUEUED || state == v1::PREPARING || state == v1::RUNNING ||
             state == v1::PAUSED;
    case ValueKind::kPausedJob:
      return state == v1::PAUSED;
    case ValueKind::kFailedJob:
      return state == v1::FAILED || state == v1::CANCELLED;
    default:
      return true;
  }
}

// The words that a hyperparameter can be, as its table describes them.
std::vector<std::string> ChoicesOf(const v1::Hyperparameter& one) {
  if (one.accepted() == "true or false") return {"true", "false"};
  if (!absl::StartsWith(one.accepted(), "one of ")) return {};
  return absl::StrSplit(absl::StripPrefix(one.accepted(), "one of "), ", ");
}

// By their ids and, once something is typed, by names that one of them has.
std::vector<Candidate> Jobs(Connection& connection, const ValueQuery& query, Language language) {
  v1::ListJobsRequest request;
  request.set_page_size(kMostJobs);
  v1::ListJobsResponse response;
  connection.Call(request, &response);
  std::map<std::string, int> named;
  for (const v1::Job& job : response.jobs()) ++named[job.display_name()];
  std::vector<Candidate> found;
  for (const v1::Job& job : response.jobs()) {
    if (!Fits(query.kind, job.state())) continue;
    const std::string id = ShortName(job.name());
    const std::string state = StateLabel(job.state(), language);
    found.push_back({id, absl::StrCat(state, " ", job.display_name())});
    if (!query.typed.empty() && named[job.display_name()] == 1) {
      found.push_back({job.display_name(), absl::StrCat(state, " ", id)});
    }
  }
  return found;
}

// What jobs have trained, once "jobs/" is begun.
void AddTrainedModels(Connection& connection, Language language, std::vector<Candidate>* found) {
  v1::ListJobsRequest request;
  request.set_page_size(kMostJobs);
  v1::ListJobsResponse response;
  connection.Call(request, &response);
  for (const v1::Job& job : response.jobs()) {
    if (job.model_path().empty()) continue;
    found->push_back(
        {job.name(), absl::StrCat(StateLabel(job.state(), language), " ", job.display_name())});
  }
}

std::vector<Candidate> Models(Connection& connection) {
  v1::ListModelsResponse response;
  connection.Call(v1::ListModelsRequest(), &response);
  std::vector<Candidate> found;
  for (const v1::Model& model : response.models()) {
    found.push_back({ShortName(model.name()), model.description()});
  }
  return found;
}

std::vector<Candidate> Corpora(Connection& connection) {
  v1::ListCorporaResponse response;
  connection.Call(v1::ListCorporaRequest(), &response);
  std::vector<Candidate> found;
  for (const v1::Corpus& corpus : response.corpora()) {
    found.push_back({corpus.name(), corpus.file_name()});
  }
  return found;
}

std::vector<Candidate> Tokens(Connection& connection) {
  v1::ListTokensResponse response;
  connection.Call(v1::ListTokensRequest(), &response);
  std::vector<Candidate> found;
  for (const v1::Token& token : response.tokens()) {
    if (!token.has_revoke_time()) found.push_back({ShortName(token.name()), token.display_name()});
  }
  return found;
}

std::vector<Candidate> Hyperparameters(Connection& connection, ValueKind kind, Language language) {
  v1::ListHyperparametersResponse response;
  connection.Call(v1::ListHyperparametersRequest(), &response);
  std::vector<Candidate> found;
  for (const v1::Hyperparameter& one : response.hyperparameters()) {
    found.push_back({one.key(),
                     kind == ValueKind::kConfigKey ? HyperparameterMeaning(one, language)
                                                   : HyperparameterRange(one, language),
                     ChoicesOf(one)});
  }
  return found;
}

std::vector<Candidate> Contexts(const Environment& environment) {
  const absl::StatusOr<UserConfig> config = ConfigFile(environment.variable).Read();
  std::vector<Candidate> found;
  if (!config.ok()) return found;
  for (const auto& [name, context] : config->contexts) found.push_back({name, context.server});
  return found;
}

std::vector<Candidate> Ask(Connection& connection, const ValueQuery& query, Language language) {
  switch (query.kind) {
    case ValueKind::kModel:
      return Models(connection);
    case ValueKind::kStartingModel: {
      std::vector<Candidate> found = Models(connection);
      if (query.typed.starts_with('j')) AddTrainedModels(connection, language, &found);
      return found;
    }
    case ValueKind::kCorpus:
      return Corpora(connection);
    case ValueKind::kToken:
      return Tokens(connection);
    case ValueKind::kHyperparameter:
    case ValueKind::kConfigKey:
      return Hyperparameters(connection, query.kind, language);
    default:
      return Jobs(connection, query, language);
  }
}

// A shell puts the word on the command line as it is: a server's must be one plain word, and no
// option.
bool IsPlainWord(const std::string& word) {
  constexpr std::string_view kPlain = "._-/+=:,@%";
  const auto is_plain = [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || absl::ascii_isalnum(byte) || kPlain.find(c) != std::string_view::npos;
  };
  return !word.empty() && word.front() != '-' && word.front() != ':' && Visible(word) == word &&
         std::all_of(word.begin(), word.end(), is_plain);
}

}  // namespace

ValueSource ServerValues(Environment& environment) {
  return [&environment](const ValueQuery& query) -> std::vector<Candidate> {
    if (query.kind == ValueKind::kContext) return Contexts(environment);
    std::vector<Candidate> found;
    const Language language = ResolveLanguage({}, environment.variable);
    if (query.kind == ValueKind::kConfigKey) {
      for (const JobKey& key : JobKeys()) found.push_back({key.name, key.meaning->In(language)});
    }
    const absl::StatusOr<Settings> settings =
        ResolveSettings(OptionsOf(query), environment.variable);
    if (!settings.ok()) return found;
    absl::StatusOr<Connection::Options> options =
        ConnectionOptions(*settings, *environment.interruption);
    if (!options.ok()) return found;
    options->timeout = kPatience;
    Connection connection(*options);
    for (Candidate& candidate : Ask(connection, query, language)) {
      std::erase_if(candidate.choices, [](const auto& word) { return !IsPlainWord(word); });
      if (IsPlainWord(candidate.text)) found.push_back(std::move(candidate));
    }
    return found;
  };
}

}  // namespace electra::client

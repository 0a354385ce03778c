#include "client/commands/config_validate.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/files/local_file.h"
#include "client/i18n/phrases.h"
#include "client/jobfile/dry_run.h"
#include "client/jobfile/job_config.h"
#include "client/jobfile/request_check.h"
#include "client/jobfile/submission.h"
#include "client/rpc/error_details.h"
#include "client/rpc/json_output.h"
#include "client/text/visible_text.h"
#include "client/transfer/corpus_content.h"
#include "client/transfer/corpus_head.h"
#include "client/transfer/local_corpus.h"
#include "electra/v1/job.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using nlohmann::json;

constexpr char kHyperparameters[] = "hyperparameters.";

// The fields of a request, as the job file calls them.
std::string KeyOfField(const std::string& field) {
  if (field == "vocabulary") return "vocab";
  if (field == "display_name") return "name";
  return field;
}

// A refusal may not name a field: for a missing model or corpus, or an unreadable text.
std::string KeyOfRefusal(const grpc::Status& status, const JobConfig& config) {
  const std::string& sentence = status.error_message();
  const std::string corpus = config.corpus.value_or("");
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) {
    return IsOnServer(corpus) && absl::StrContains(sentence, "corpus") ? "corpus" : "model";
  }
  if (!absl::StartsWith(sentence, absl::StrCat(BaseName(corpus), ": "))) return "";
  const bool is_of_column =
      absl::StrContains(sentence, "column") || absl::StrContains(sentence, "field");
  return is_of_column ? "column" : "corpus";
}

// The sentence begins with the key.
std::string KeyOfReading(const absl::Status& status) {
  const absl::string_view sentence = status.message();
  return std::string(sentence.substr(0, sentence.find(':')));
}

void AddProblem(const std::string& key, const Bilingual& what, CheckedConfig* checked) {
  const auto line = checked->lines.find(key);
  checked->problems.push_back(
      {.line = line == checked->lines.end() ? 0 : line->second, .key = key, .what = what});
}

void AddServerProblems(const grpc::Status& status, CheckedConfig* checked) {
  std::vector<FieldProblem> problems = FieldProblems(status);
  if (problems.empty()) {
    problems.push_back(
        {.field = KeyOfRefusal(status, checked->config), .description = ServerMessage(status)});
  }
  for (const FieldProblem& problem : problems) {
    AddProblem(KeyOfField(problem.field), problem.description, checked);
  }
}

// Adds the corpus to the question for the server, as `submit` would send it; errors found here
// become problems.
void AddCorpus(CommandContext& context, CheckedConfig* checked, v1::EstimateJobRequest* question) {
  const JobConfig& config = checked->config;
  if (absl::Status status = CheckConfig(config); !status.ok()) {
    return AddProblem("corpus", status, checked);
  }
  absl::StatusOr<UploadOptions> upload = UploadOf(config);
  if (!upload.ok()) {
    AddProblem(KeyOfReading(upload.status()), upload.status(), checked);
  }
  if (IsOnServer(*config.corpus)) {
    question->set_corpus(*config.corpus);
    return;
  }
  if (!upload.ok()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(*config.corpus, ignored)) return;
    const auto file = LocalFile::Open(*config.corpus);
    if (!file.ok()) AddProblem("corpus", file.status(), checked);
    return;
  }
  absl::Status found = ResolveCorpus(context.environment, context.language, *upload);
  if (found.ok()) found = CorpusContent::Open(*upload).status();
  if (!found.ok()) {
    const bool is_of_column = absl::IsInvalidArgument(found) && config.column;
    return AddProblem(is_of_column ? "column" : "corpus", found, checked);
  }
  if (absl::Status status = CheckCorpusHead(*upload); !status.ok()) {
    return AddProblem(config.column ? "column" : "corpus", status, checked);
  }
  absl::StatusOr<v1::CorpusSample> sample = ReadSample(*upload, question->vocabulary().size());
  if (sample.ok()) *question->mutable_sample() = *std::move(sample);
}

void AddOtherCorpora(CommandContext& context, CheckedConfig* checked,
                     v1::EstimateJobRequest* question) {
  if (!checked->config.corpus) return;  // which is a problem of its own
  absl::StatusOr<std::vector<OtherUpload>> others = OtherUploadsOf(checked->config);
  if (!others.ok()) return;  // already a problem of the first
  for (OtherUpload& other : *others) {
    const std::string key = other.is_evaluated ? "eval_corpora" : "mix";
    absl::Status found = ResolveCorpus(context.environment, context.language, other.upload);
    if (found.ok()) found = CorpusContent::Open(other.upload).status();
    if (!found.ok()) return AddProblem(key, found, checked);
    if (absl::Status status = CheckCorpusHead(other.upload); !status.ok()) {
      AddProblem(key, status, checked);
    }
  }
  if (absl::Status status = AddOtherSamples(*others, *question); !status.ok()) {
    AddProblem("corpus", status, checked);
  }
}

// The request of a submission; its local errors, in values and missing files, become problems.
v1::EstimateJobRequest QuestionOf(CommandContext& context, CheckedConfig* checked) {
  v1::SubmitJobRequest request;
  JobConfig without_vocab = checked->config;
  without_vocab.vocab.reset();
  const absl::StatusOr<v1::SubmitJobRequest> with_probe = BuildRequest(without_vocab);
  if (!with_probe.ok()) AddProblem("probe", with_probe.status(), checked);
  JobConfig without_probe = checked->config;
  without_probe.probe.reset();
  absl::StatusOr<v1::SubmitJobRequest> with_vocab = BuildRequest(without_probe);
  if (!with_vocab.ok()) AddProblem("vocab", with_vocab.status(), checked);
  if (with_vocab.ok()) {
    request = *std::move(with_vocab);
  } else if (with_probe.ok()) {
    request = *with_probe;
  }
  if (with_probe.ok()) *request.mutable_probe() = with_probe->probe();
  v1::EstimateJobRequest question = EstimateRequest(request);
  AddCorpus(context, checked, &question);
  AddOtherCorpora(context, checked, &question);
  return question;
}

// Most sentences begin with their key, or quote it.
bool NamesKey(const std::string& sentence, const std::string& key) {
  return absl::StartsWith(sentence, key) || absl::StartsWith(sentence, kHyperparameters) ||
         absl::StrContains(sentence, absl::StrCat("'", key, "'")) ||
         absl::StrContains(sentence, absl::StrCat("\"", key, "\""));
}

void ShowProblems(CommandContext& context, const std::string& path, const CheckedConfig& checked) {
  const std::string name = Visible(path);
  for (const ConfigProblem& problem : checked.problems) {
    std::string place = name;
    if (problem.line > 0) absl::StrAppend(&place, ":", problem.line);
    std::string what = Visible(problem.what.In(context.language));
    const std::string key = Visible(std::string(absl::StripPrefix(problem.key, kHyperparameters)));
    if (!key.empty() && !NamesKey(what, key)) what = absl::StrCat(key, ": ", what);
    context.out() << place << ": " << what << "\n";
  }
}

ExitCode Verdict(CommandContext& context, const std::string& path, CheckedConfig checked,
                 bool asked) {
  std::stable_sort(checked.problems.begin(), checked.problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) { return a.line < b.line; });
  const ExitCode code = checked.problems.empty() ? ExitCode::kDone : ExitCode::kUsage;
  if (context.format == OutputFormat::kJson) {
    json problems = json::array();
    for (const ConfigProblem& problem : checked.problems) {
      problems.push_back({{"line", problem.line},
                          {"key", problem.key},
                          {"message", problem.what.In(context.language)}});
    }
    WriteJsonLine(context.out(), json{{"file", path},
                                      {"server", asked ? context.connection.target() : ""},
                                      {"problems", problems}});
    return code;
  }
  ShowProblems(context, path, checked);
  if (code != ExitCode::kDone) return code;
  const Bilingual good =
      asked ? Say(kPhrases.file_is_good, Visible(path), context.connection.target())
            : Say(kPhrases.file_is_good_alone, Visible(path));
  context.out() << good.In(context.language) << "\n";
  return code;
}

}  // namespace

ExitCode RunConfigValidate(CommandContext& context, const std::string& path) {
  absl::StatusOr<CheckedConfig> checked = CheckJobFile(path);
  if (!checked.ok()) return context.Fail(checked.status());
  v1::JobEstimate estimate;
  const grpc::Status status = Estimate(context, QuestionOf(context, &*checked), &estimate);
  const bool has_answered = status.ok() ||
                            status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
                            status.error_code() == grpc::StatusCode::NOT_FOUND ||
                            status.error_code() == grpc::StatusCode::DATA_LOSS;
  if (has_answered && !status.ok()) AddServerProblems(status, &*checked);
  if (!has_answered) {
    if (context.environment.interruption->triggered()) return ExitCode::kInterrupted;
    const Failure failure = CallFailure(status, context.connection.reach(), context.language);
    *context.environment.err.stream
        << "electra: " << Say(kPhrases.not_asked, Visible(failure.sentence)).In(context.language)
        << "\n";
  }
  if (status.ok()) ShowWarnings(context, estimate);
  return Verdict(context, path, *std::move(checked), has_answered);
}

}  // namespace electra::client

#include "client/commands/prepared_submission.h"

#include <utility>

#include "client/files/uuid.h"
#include "client/i18n/phrases.h"
#include "client/transfer/local_corpus.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

void AddCorpora(const SubmitOptions& options, JobConfig* config) {
  for (const std::string& corpus : options.corpora) {
    if (!config->corpus) {
      config->corpus = corpus;
    } else {
      config->more_corpora.push_back({.corpus = corpus});
    }
  }
  for (const std::string& text : options.eval_corpora) {
    config->eval_corpora.push_back(ParseEvalCorpus(text));
  }
}

// The request of one point of a sweep. Every job has a request_id of its own.
absl::StatusOr<v1::SubmitJobRequest> PointRequest(const Submission& submission,
                                                  const SweepPoint& point,
                                                  const std::string& sweep) {
  v1::SubmitJobRequest request = submission.request;
  for (const auto& [key, value] : point.values) {
    (*request.mutable_hyperparameters()->mutable_fields())[key] = value;
  }
  request.set_display_name(SweepJobName(request.display_name(), point));
  (*request.mutable_tags())["sweep"] = sweep;
  ASSIGN_OR_RETURN(std::string request_id, NewUuid());
  request.set_request_id(std::move(request_id));
  return request;
}

}  // namespace

absl::StatusOr<Submission> PrepareSubmission(CommandContext& context,
                                             const SubmitOptions& options) {
  ConfigSources sources = options.config;
  AddCorpora(options, &sources.given);
  ASSIGN_OR_RETURN(JobConfig config, MergeConfig(sources));
  if (!options.mix.empty()) RETURN_IF_ERROR(ApplyMix(options.mix, config));
  if (!config.model && !context.model.empty()) config.model = context.model;
  RETURN_IF_ERROR(CheckConfig(config));
  ASSIGN_OR_RETURN(v1::SubmitJobRequest request, BuildRequest(config));
  ASSIGN_OR_RETURN(UploadOptions upload, UploadOf(config));
  ASSIGN_OR_RETURN(std::vector<OtherUpload> others, OtherUploadsOf(config));
  if (!IsOnServer(*config.corpus)) {
    RETURN_IF_ERROR(ResolveCorpus(context.environment, context.language, upload));
  }
  for (OtherUpload& other : others) {
    RETURN_IF_ERROR(ResolveCorpus(context.environment, context.language, other.upload));
  }
  Submission submission{.config = std::move(config),
                        .request = std::move(request),
                        .upload = std::move(upload),
                        .others = std::move(others),
                        .points = {}};
  if (!submission.uploads()) submission.request.set_corpus(*submission.config.corpus);
  if (options.sweeps.empty()) return submission;
  if (options.after == AfterSubmit::kWatch) {
    return LocalError(absl::StatusCode::kInvalidArgument, kPhrases.sweep_watch);
  }
  ASSIGN_OR_RETURN(submission.points, ParseSweep(options.sweeps));
  return submission;
}

absl::StatusOr<std::vector<v1::SubmitJobRequest>> RequestsOf(const Submission& submission,
                                                             const std::string& sweep) {
  std::vector<v1::SubmitJobRequest> requests;
  if (submission.points.empty()) requests.push_back(submission.request);
  for (const SweepPoint& point : submission.points) {
    ASSIGN_OR_RETURN(v1::SubmitJobRequest request, PointRequest(submission, point, sweep));
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace electra::client

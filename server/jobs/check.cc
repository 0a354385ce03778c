#include "server/jobs/check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "core/text/vocabulary.h"
#include "server/jobs/given_vocabulary.h"
#include "server/jobs/labels.h"
#include "server/jobs/struct_json.h"

namespace electra::server {
namespace {

constexpr int kMaxPriority = 100;
constexpr size_t kMaxRequestId = 64;
constexpr int kMaxProbe = 100;
constexpr size_t kMaxProbeSentence = 4096;
constexpr size_t kMaxHyperparameters = 64 << 10;  // bytes

// Checks that need no look-ups.
void CheckSubmissionFields(const v1::SubmitJobRequest& request,
                           std::vector<FieldViolation>* violations) {
  CheckDisplayName(request.display_name(), violations);
  CheckTags({request.tags().begin(), request.tags().end()}, violations);
  if (request.priority() < -kMaxPriority || request.priority() > kMaxPriority) {
    violations->push_back(
        {"priority", Message("PRIORITY", "priority is {value}: it must be from {least} to {most}",
                             request.priority(), -kMaxPriority, kMaxPriority)});
  }
  if (request.hyperparameters().ByteSizeLong() > kMaxHyperparameters) {
    violations->push_back({"hyperparameters",
                           Message("TOO_MANY_HYPERPARAMETER_BYTES",
                                   "hyperparameters have {bytes} bytes: at most {limit}",
                                   request.hyperparameters().ByteSizeLong(), kMaxHyperparameters)});
  }
  if (request.request_id().size() > kMaxRequestId) {
    violations->push_back({"request_id", Message("BAD_REQUEST_ID", "request_id must be a UUID")});
  }
}

// Whether a sentence has a token at all is known when the vocabulary is.
void CheckProbe(const v1::SubmitJobRequest& request, const Hyperparameters& hyperparameters,
                std::vector<FieldViolation>* violations) {
  if (request.probe_size() > kMaxProbe) {
    violations->push_back(
        {"probe", Message("TOO_MANY_PROBE_SENTENCES",
                          "probe has {sentences} sentences: at most {limit} are accepted",
                          request.probe_size(), kMaxProbe)});
  }
  for (int i = 0; i < request.probe_size(); ++i) {
    const std::string& sentence = request.probe(i);
    if (sentence.size() > kMaxProbeSentence) {
      violations->push_back(
          {"probe", TooManyBytes(Message("PROBE_SENTENCE", "probe sentence {number}", i + 1),
                                 sentence.size(), kMaxProbeSentence)});
    } else if (sentence.find_first_not_of(" \t\r") == std::string::npos ||
               sentence.find('\n') != std::string::npos) {
      violations->push_back(
          {"probe", Message("PROBE_SENTENCE_NOT_A_LINE",
                            "probe sentence {number} must be one line with text", i + 1)});
    }
  }
  if (request.probe_size() > 0 && hyperparameters.sample_every == 0) {
    violations->push_back(
        {"probe", Message("PROBE_WITHOUT_SAMPLES",
                          "probe sentences are shown with samples, but sample_every is 0: "
                          "set it above 0")});
  }
}

// The device that the job will have, and whether it has as many as are asked for.
void CheckDevice(const JobContext& context, JobSettings* settings) {
  absl::StatusOr<std::string> device = context.trainer.ResolveDevice(settings->values.device);
  if (!device.ok()) {
    settings->violations.push_back({"hyperparameters.device", MessageOf(device.status())});
    return;
  }
  settings->device = *std::move(device);
  const absl::Status precise = context.trainer.CheckPrecision(settings->values, settings->device);
  if (!precise.ok()) {
    settings->violations.push_back({"hyperparameters.bf16", MessageOf(precise)});
  }
  const absl::Status fits =
      context.scheduler.CheckDevices(settings->values.device, settings->values.devices);
  if (!fits.ok() && !settings->device.empty()) {
    settings->violations.push_back({"hyperparameters.devices", MessageOf(fits)});
  }
}

void CheckNotifyUrl(const JobContext& context, const std::string& url,
                    std::vector<FieldViolation>* violations) {
  if (url.empty()) return;
  const absl::Status allowed = context.notifications.Check(url);
  if (!allowed.ok()) violations->push_back({"notify_url", MessageOf(allowed)});
}

// The job itself refuses errors that only its text shows.
void CheckTokenWeights(const v1::SubmitJobRequest& request, const JobSettings& settings,
                       std::vector<FieldViolation>* violations) {
  if (settings.values.disc_token_weights == DiscTokenWeights::kNone) return;
  const bool has_generator = settings.model.pretrained && settings.model.pretrained->generator;
  if (has_generator || request.mix_size() > 0) return;
  violations->push_back({"hyperparameters.disc_token_weights", NothingToWeighBy()});
}

}  // namespace

absl::StatusOr<JobSettings> CheckRequest(const JobContext& context,
                                         const v1::SubmitJobRequest& request) {
  JobSettings settings;
  CheckSubmissionFields(request, &settings.violations);
  if (request.hyperparameters().ByteSizeLong() > kMaxHyperparameters) {
    return FieldViolations(settings.violations);
  }
  const std::string& model = request.model();
  ASSIGN_OR_RETURN(settings.model, FindStartingModel(context.database, context.data_dir,
                                                     model.empty() ? "models/small" : model));
  ASSIGN_OR_RETURN(const std::string json, StructToJson(request.hyperparameters()));
  ParsedHyperparameters parsed = ParseHyperparameters(
      json, request.eval_corpora_size() > 0 ? EvalCorpora::kSome : EvalCorpora::kNone);
  for (const HyperparameterViolation& violation : parsed.violations) {
    settings.violations.push_back(
        {absl::StrCat("hyperparameters.", violation.key), violation.problem});
  }
  ASSIGN_OR_RETURN(GivenVocabulary given, ReadGivenVocabulary(request.vocabulary()));
  ApplyStartingModel(settings.model, given.text, &parsed, &settings.violations);
  if (given.tokenizer) {
    ApplyTokenizer(*given.tokenizer, /*model=*/"", &parsed, &settings.violations);
  }
  if (!given.text.empty()) RETURN_IF_ERROR(Vocabulary::Parse(given.text, "vocab.txt").status());
  settings.vocabulary = std::move(given.text);
  settings.values = std::move(parsed.values);
  ASSIGN_OR_RETURN(settings.corpora,
                   FindJobCorpora(context.database, request, &settings.violations));
  CheckMetricCorpus(settings.values, settings.corpora, &settings.violations);
  CheckTokenWeights(request, settings, &settings.violations);
  CheckDevice(context, &settings);
  CheckNotifyUrl(context, request.notify_url(), &settings.violations);
  CheckProbe(request, settings.values, &settings.violations);
  return settings;
}

// A sample of b bytes has at most b tokens, so at most 1 + b / window sequences.
void CheckBatchCanFit(const Hyperparameters& hyperparameters, const CorpusRow& corpus,
                      std::vector<FieldViolation>* violations) {
  if (corpus.text_bytes == 0) return;
  const int64_t window = hyperparameters.max_length - 2;
  const int64_t most_sequences = corpus.sample_count + corpus.text_bytes / window;
  const int64_t wanted = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  if (wanted <= most_sequences) return;
  violations->push_back({"hyperparameters.batch_size",
                         Message("BATCH_ABOVE_SAMPLES",
                                 "batch_size x gradient_accumulation_steps is {batch}, but corpus "
                                 "{corpus} has {samples} samples: use a smaller batch, or a larger "
                                 "corpus",
                                 wanted, corpus.name, corpus.sample_count)});
}

}  // namespace electra::server

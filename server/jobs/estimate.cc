#include "server/jobs/estimate.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/config_json.h"
#include "core/loop/advice.h"
#include "core/loop/pretrained_state.h"
#include "core/settings/hyperparameter_table.h"
#include "core/settings/schedule.h"
#include "core/shape/cost.h"
#include "core/text/corpus_reader.h"
#include "server/base/message_code.h"
#include "server/corpora/catalogue.h"
#include "server/corpora/text_census.h"
#include "server/corpora/upload.h"
#include "server/jobs/check.h"
#include "server/jobs/struct_json.h"
#include "server/jobs/text_check.h"
#include "server/store/jobs.h"
#include "server/store/models.h"
#include "server/store/run_speeds.h"

namespace electra::server {
namespace {

constexpr int kRunsToLookAt = 50;

// The share of the speed of large matrix products that a whole step reaches: about as measured with
// `small` and `tiny` on processors.
constexpr double kStepShare = 0.5;

// An evaluation only runs forward: a third of a step's products.
constexpr double kEvaluationShare = 1.0 / 3;

// Bytes in memory that can be read as a file. They are freed with the object, whatever happens.
class MemoryFile {
 public:
  static absl::StatusOr<MemoryFile> Create(const std::string& content) {
    MemoryFile file(memfd_create("corpus-sample", MFD_CLOEXEC));
    if (file.descriptor_ < 0) return Error();
    for (size_t done = 0; done < content.size();) {
      const ssize_t count = write(file.descriptor_, content.data() + done, content.size() - done);
      if (count < 0 && errno != EINTR) return Error();
      if (count > 0) done += static_cast<size_t>(count);
    }
    return file;
  }
  MemoryFile(MemoryFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  std::string path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

 private:
  explicit MemoryFile(int descriptor) : descriptor_(descriptor) {}
  static absl::Status Error() {
    return ResourceExhaustedError("NO_SAMPLE_MEMORY",
                                  "no memory for the sample of the corpus: {error}",
                                  std::strerror(errno));
  }

  int descriptor_;
};

ModelConfig ConfigOf(const JobSettings& settings) {
  return settings.model.preset != nullptr
             ? settings.model.preset->config
             : PretrainedConfig(*settings.model.pretrained, settings.values);
}

// The configuration of a model that jobs have trained; nullopt where it no longer exists.
std::optional<ModelConfig> ConfigOf(Reader& reader, const RunSpeed& run,
                                    const Hyperparameters& values) {
  if (const ModelPreset* preset = FindModelPreset(run.model)) return preset->config;
  const absl::StatusOr<ModelRow> row = FindModel(reader, run.model);
  if (!row.ok() || row->sha256 != run.model_sha256) return std::nullopt;
  const absl::StatusOr<ElectraConfig> discriminator =
      ParseConfigJson(row->discriminator_config, run.model);
  if (!discriminator.ok()) return std::nullopt;
  if (row->generator_config.empty()) {
    return ModelConfig{.generator = ScaledGenerator(*discriminator, values.generator_size),
                       .discriminator = *discriminator};
  }
  const absl::StatusOr<ElectraConfig> generator = ParseConfigJson(row->generator_config, run.model);
  if (!generator.ok()) return std::nullopt;
  return ModelConfig{.generator = *generator, .discriminator = *discriminator};
}

CostOptions CostOf(const Hyperparameters& values, const std::string& device, double mean_length) {
  const bool on_card = absl::StartsWith(device, "cuda");
  const bool in_bf16 = values.ComputesInBf16(device);
  return {.mean_length = mean_length,
          .mlm_probability = values.mlm_probability,
          .batch_size = static_cast<double>(values.batch_size),
          .half_precision = in_bf16 || (on_card && values.fp16),
          .recomputes = values.gradient_checkpointing,
          .keeps_average = values.ema_decay > 0,
          .has_two_tables = values.shared_embeddings == SharedEmbeddings::kNone ||
                            values.shared_embeddings == SharedEmbeddings::kGdes,
          .logit_rows = on_card || in_bf16 ? kLogitRowsOfOperations : kLogitRowsOfKernels};
}

absl::StatusOr<TextCensus> CountText(const JobContext& context, const JobSettings& settings,
                                     const Hyperparameters& values,
                                     const std::optional<CorpusRow>& corpus,
                                     const v1::CorpusSample& sample) {
  const TokenizerFiles* pretrained = TokenizerOf(settings);
  if (corpus) {
    return TakeCensus(SourceOf(context, *corpus), values, pretrained, settings.vocabulary);
  }
  ASSIGN_OR_RETURN(const CorpusOptions reading, ReadingOptions(sample.header()));
  const auto size = static_cast<int64_t>(sample.data().size());
  if (size == 0 || size > kCensusText || size > sample.header().size_bytes()) {
    return InvalidArgumentError("SAMPLE_SIZE",
                                "the sample has {bytes} bytes: it must have from 1 to {limit}, and "
                                "no more than its file, which has {file_bytes}",
                                size, kCensusText, sample.header().size_bytes());
  }
  ASSIGN_OR_RETURN(const MemoryFile file, MemoryFile::Create(sample.data()));
  return TakeCensus(
      {.path = file.path(), .reading = reading, .size_bytes = sample.header().size_bytes()},
      settings.values, pretrained, settings.vocabulary);
}

// The newest run of the same model, with the same batch and devices where there is one; else the
// newest of all.
const RunSpeed* ChooseRun(const std::vector<RunSpeed>& runs, const JobSettings& settings) {
  const RunSpeed* same_model = nullptr;
  for (const RunSpeed& run : runs) {
    if (run.model != settings.model.name || run.model_sha256 != settings.model.sha256) continue;
    if (same_model == nullptr) same_model = &run;
    const ParsedHyperparameters of_run = ParseHyperparameters(run.hyperparameters);
    const bool is_alike = of_run.values.batch_size == settings.values.batch_size &&
                          of_run.values.max_length == settings.values.max_length &&
                          of_run.values.devices == settings.values.devices;
    if (is_alike) return &run;
  }
  if (same_model != nullptr || runs.empty()) return same_model;
  return &runs.front();
}

// From the device itself, where no job has run on it.
void EstimateFromProducts(const Trainer& trainer, const JobSettings& settings,
                          const ModelConfig& model, const CostOptions& cost,
                          v1::JobEstimate* response) {
  const char* type = !cost.half_precision                              ? "float32"
                     : settings.values.ComputesInBf16(settings.device) ? "bfloat16"
                                                                       : "float16";
  const double products = trainer.ProductSpeed(settings.device, type);
  if (products <= 0) return;
  response->set_speed_source(v1::JobEstimate::SPEED_SOURCE_MATRIX_PRODUCTS);
  response->set_tokens_per_second(kStepShare * products / TrainingFlopsPerToken(model, cost));
}

// A corpus besides the first, and its size: none of it is held out.
struct CountedCorpus {
  const JobCorpus& corpus;
  TextCensus census;
  int64_t size_bytes = 0;
};

const v1::CorpusSample& SampleOf(const v1::EstimateJobRequest& request, const JobCorpus& corpus) {
  const auto of = [&](const auto& protos, std::string_view field) -> const v1::CorpusSample* {
    for (int i = 0; i < protos.size(); ++i) {
      if (corpus.field == absl::StrCat(std::string(field), "[", i, "]")) return &protos[i].sample();
    }
    return nullptr;
  };
  const v1::CorpusSample* sample = of(request.eval_corpora(), "eval_corpora");
  if (sample == nullptr) sample = of(request.mix(), "mix");
  return sample != nullptr ? *sample : v1::CorpusSample::default_instance();
}

// The corpora that are stored, or have a sample.
absl::StatusOr<std::vector<CountedCorpus>> CountOthers(const JobContext& context,
                                                       const JobSettings& settings,
                                                       const v1::EstimateJobRequest& request) {
  Hyperparameters values = settings.values;
  values.validation_split_percentage = 0;
  std::vector<CountedCorpus> counted;
  for (const JobCorpus& one : settings.corpora) {
    const v1::CorpusSample& sample = SampleOf(request, one);
    if (one.field == "mix[0]" || (!one.corpus && !sample.has_header())) continue;
    absl::StatusOr<TextCensus> census = CountText(context, settings, values, one.corpus, sample);
    if (!census.ok()) return Within(one.row.corpus_file_name, census.status());
    counted.push_back(
        {.corpus = one,
         .census = *std::move(census),
         .size_bytes = one.corpus ? one.corpus->size_bytes : sample.header().size_bytes()});
  }
  return counted;
}

void AddEstimates(const std::vector<CountedCorpus>& counted, v1::JobEstimate* response) {
  for (const CountedCorpus& one : counted) {
    v1::CorpusEstimate& added = *response->add_corpora();
    added.set_name(one.corpus.row.name);
    added.set_corpus_display_name(one.corpus.row.corpus_file_name);
    added.set_sample_count(one.census.samples);
    added.set_sequence_count(one.census.sequences);
    added.set_token_count(one.census.tokens);
    added.set_unknown_token_count(one.census.unknown_tokens);
    added.set_read_bytes(one.census.read_bytes);
    added.set_size_bytes(one.size_bytes);
  }
}

double MeanTokens(const TextCensus& census) {
  return static_cast<double>(census.tokens) / static_cast<double>(census.sequences);
}

// Adds up all training text. Returns how many of its sequences an epoch reads: the shares decide
// how much of the others goes with one pass over the first.
int64_t Mix(const std::vector<CountedCorpus>& counted, double first_share, TextCensus* census) {
  const double first_tokens = static_cast<double>(census->train_sequences) * MeanTokens(*census);
  double epoch = static_cast<double>(census->train_sequences);
  for (const CountedCorpus& one : counted) {
    if (one.corpus.row.purpose == JobCorpusRow::Purpose::kEvaluate) continue;
    const double share = one.corpus.row.share;
    epoch += share > 0 ? share / first_share * first_tokens / MeanTokens(one.census)
                       : static_cast<double>(one.census.train_sequences);
    census->samples += one.census.samples;
    census->sequences += one.census.sequences;
    census->tokens += one.census.tokens;
    census->unknown_tokens += one.census.unknown_tokens;
    census->train_sequences += one.census.train_sequences;
  }
  return static_cast<int64_t>(std::llround(epoch));
}

// Fills the speed and its source; leaves both out where neither a run nor the device gives one.
absl::Status EstimateSpeed(const JobContext& context, const JobSettings& settings,
                           const ModelConfig& model, const CostOptions& cost,
                           v1::JobEstimate* response) {
  bool is_idle = false;
  RETURN_IF_ERROR(context.database.Read([&](Reader& reader) {
    is_idle = CountJobs(reader).running == 0;
    const std::vector<RunSpeed> runs = RecentRunSpeeds(reader, settings.device, kRunsToLookAt);
    const RunSpeed* run = ChooseRun(runs, settings);
    if (run == nullptr) return absl::OkStatus();
    double speed = run->tokens_per_second;
    // Cards add up; ranks on the processor share it. How many `devices` 0 gets is not known.
    if (settings.device != "cpu" && settings.values.devices > 0) {
      speed *= static_cast<double>(settings.values.devices) / static_cast<double>(run->ranks);
    }
    const bool same = run->model == settings.model.name;
    if (!same) {
      std::optional<ModelConfig> other = ConfigOf(reader, *run, settings.values);
      if (!other) return absl::OkStatus();
      // Its own vocabulary is not recorded; with this job's, the two are comparable.
      other->generator.vocab_size = other->discriminator.vocab_size = model.generator.vocab_size;
      speed *= TrainingFlopsPerToken(*other, cost) / TrainingFlopsPerToken(model, cost);
    }
    response->set_speed_source(same ? v1::JobEstimate::SPEED_SOURCE_SAME_MODEL
                                    : v1::JobEstimate::SPEED_SOURCE_OTHER_MODEL);
    response->set_speed_job(absl::StrCat("jobs/", run->job));
    response->set_tokens_per_second(speed);
    return absl::OkStatus();
  }));
  if (is_idle && response->tokens_per_second() <= 0) {
    EstimateFromProducts(context.trainer, settings, model, cost, response);
  }
  return absl::OkStatus();
}

double Seconds(const Hyperparameters& values, int64_t epoch_sequences, int64_t evaluated_sequences,
               const RunLength& length, double mean_length, double tokens_per_second) {
  const double steps = static_cast<double>(length.total_steps);
  const double epochs = steps / static_cast<double>(length.steps_per_epoch);
  const double trained = epochs * static_cast<double>(epoch_sequences) * mean_length;
  const double evaluations =
      evaluated_sequences == 0 ? 0
      : values.eval_steps == 0
          ? 2
          : 2 + std::floor((steps - 1) / static_cast<double>(values.eval_steps));
  const double evaluated = evaluations * mean_length * static_cast<double>(evaluated_sequences);
  return (trained + kEvaluationShare * evaluated) / tokens_per_second;
}

void FillText(const TextCensus& census, v1::JobEstimate* response) {
  response->set_vocab_size(census.vocab_size);
  response->set_sample_count(census.samples);
  response->set_sequence_count(census.sequences);
  response->set_token_count(census.tokens);
  response->set_unknown_token_count(census.unknown_tokens);
  response->set_train_sequence_count(census.train_sequences);
  response->set_validation_sequence_count(census.validation_sequences);
  response->set_read_bytes(census.read_bytes);
}

int64_t EvaluatedSequences(const Hyperparameters& values, const TextCensus& census,
                           const std::vector<CountedCorpus>& others) {
  int64_t sequences = std::min(census.validation_sequences, values.max_eval_samples);
  for (const CountedCorpus& one : others) {
    if (one.corpus.row.purpose == JobCorpusRow::Purpose::kTrain) continue;
    sequences += std::min(one.census.sequences, values.max_eval_samples);
  }
  return sequences;
}

absl::Status CheckBatch(const Hyperparameters& values, int64_t epoch_sequences) {
  const int64_t wanted = values.batch_size * values.gradient_accumulation_steps;
  if (wanted <= epoch_sequences) return absl::OkStatus();
  return FieldViolations(
      {{"hyperparameters.batch_size",
        Message("BATCH_ABOVE_SEQUENCES",
                "batch_size x gradient_accumulation_steps is {batch}, but the corpus has about "
                "{sequences} sequences to train on: use a smaller batch, or a larger corpus",
                wanted, epoch_sequences)}});
}

v1::SubmitJobRequest AsSubmission(const v1::EstimateJobRequest& request) {
  v1::SubmitJobRequest submission;
  submission.set_model(request.model());
  submission.set_display_name(request.display_name());
  submission.set_priority(request.priority());
  *submission.mutable_hyperparameters() = request.hyperparameters();
  submission.set_vocabulary(request.vocabulary());
  *submission.mutable_probe() = request.probe();
  *submission.mutable_tags() = request.tags();
  submission.set_notify_url(request.notify_url());
  *submission.mutable_eval_corpora() = request.eval_corpora();
  *submission.mutable_mix() = request.mix();
  return submission;
}

// Checks the header of a corpus that has not been sent yet.
absl::Status CheckHeader(const v1::CorpusHeader& header) {
  ASSIGN_OR_RETURN(const CorpusOptions reading, ReadingOptions(header));
  RETURN_IF_ERROR(CheckCorpusOptions(reading));
  if (reading.format == CorpusFormat::kText || !reading.column.empty()) return absl::OkStatus();
  return Within(header.file_name(),
                InvalidArgumentError("NAME_THE_COLUMN", "name the column that holds the text"));
}

void AddWarning(const std::optional<Message>& advice, v1::JobEstimate* response) {
  if (!advice) return;
  response->add_warnings(advice->text());
  *response->add_warning_codes() = ToProto(*advice);
}

// `settings` have no violations; `corpus` is set where the request names one.
absl::Status FillEstimate(const JobContext& context, const JobSettings& settings,
                          const std::optional<CorpusRow>& corpus,
                          const v1::EstimateJobRequest& request, v1::JobEstimate* response) {
  const Hyperparameters& values = settings.values;
  ModelConfig model = ConfigOf(settings);
  response->set_model(ResourceName(settings.model));
  ASSIGN_OR_RETURN(*response->mutable_hyperparameters(),
                   JsonToStruct(HyperparametersToJson(values)));
  response->set_device(settings.device);
  AddWarning(SmallBatchAdvice(values, model), response);
  if (!corpus && !request.has_sample()) return absl::OkStatus();

  ASSIGN_OR_RETURN(TextCensus census,
                   CountText(context, settings, values, corpus, request.sample()));
  ASSIGN_OR_RETURN(const std::vector<CountedCorpus> others,
                   CountOthers(context, settings, request));
  AddEstimates(others, response);
  const double first_share = request.mix().empty() ? 0 : request.mix(0).share();
  const int64_t epoch_sequences = Mix(others, first_share, &census);
  FillText(census, response);
  std::vector<Message> warnings;
  std::vector<FieldViolation> violations;
  JudgeText(census.survey, values, &warnings, &violations);
  if (!violations.empty()) return FieldViolations(violations);
  for (const Message& warning : warnings) AddWarning(warning, response);
  response->set_size_bytes(corpus ? corpus->size_bytes : request.sample().header().size_bytes());
  RETURN_IF_ERROR(CheckBatch(values, epoch_sequences));
  const RunLength length = ComputeRunLength(values, epoch_sequences);
  response->set_steps_per_epoch(length.steps_per_epoch);
  response->set_total_steps(length.total_steps);
  AddWarning(TinyCorpusAdvice(census.train_sequences, length.steps_per_epoch, length.total_steps),
             response);

  if (settings.model.preset != nullptr || census.vocab_size > model.generator.vocab_size) {
    model.generator.vocab_size = model.discriminator.vocab_size = census.vocab_size;
  }
  const double mean_length = 2 + MeanTokens(census);  // with [CLS] and [SEP]
  const CostOptions cost = CostOf(values, settings.device, mean_length);
  response->set_parameter_count(ParameterCount(model));
  const double memory =
      settings.device == "cpu" ? ProcessMemoryBytes(model, cost) : TrainingMemoryBytes(model, cost);
  response->set_memory_bytes(static_cast<int64_t>(memory));
  for (const DeviceReport& device : context.trainer.Devices()) {
    if (device.name == settings.device) response->set_device_memory_bytes(device.memory_bytes);
  }
  RETURN_IF_ERROR(EstimateSpeed(context, settings, model, cost, response));
  if (response->tokens_per_second() > 0) {
    response->set_seconds(Seconds(values, epoch_sequences,
                                  EvaluatedSequences(values, census, others), length, mean_length,
                                  response->tokens_per_second()));
    AddWarning(DurationAdvice(values, response->seconds()), response);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status EstimateJob(const JobContext& context, const v1::EstimateJobRequest& request,
                         v1::JobEstimate* response) {
  ASSIGN_OR_RETURN(JobSettings settings, CheckRequest(context, AsSubmission(request)));
  if (request.has_header()) RETURN_IF_ERROR(CheckHeader(request.header()));
  std::optional<CorpusRow> corpus;
  if (!request.corpus().empty()) {
    ASSIGN_OR_RETURN(corpus, ReadCorpus(context.database, request.corpus()));
    if (settings.violations.empty() && request.mix().empty()) {
      CheckBatchCanFit(settings.values, *corpus, &settings.violations);
    }
  }
  if (!settings.violations.empty()) return FieldViolations(settings.violations);
  return FillEstimate(context, settings, corpus, request, response);
}

}  // namespace electra::server

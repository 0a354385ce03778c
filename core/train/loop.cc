// The training loop, and the Trainer that the daemon sees.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/model/presets.h"
#include "core/probe/sample.h"
#include "core/train/batch.h"
#include "core/train/checkpoint.h"
#include "core/train/prepare.h"
#include "core/train/pretrained_state.h"
#include "core/train/random.h"
#include "core/train/schedule.h"
#include "core/train/session.h"
#include "core/trainer.h"

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Masks of an evaluation are those of this epoch, which no training reaches.
constexpr uint64_t kEvaluationEpoch = ~uint64_t{0};

// A device's results are fetched once in so many steps, since each fetch waits for it.
constexpr int64_t kResultsInterval = 16;

// Which sequences each optimizer step reads, in micro-batches. The last step of an epoch may hold
// fewer than the others.
class StepSequences {
 public:
  StepSequences(const std::vector<uint64_t>& train, const Hyperparameters& hyperparameters,
                const RunLength& run)
      : train_(train), hyperparameters_(hyperparameters), run_(run) {}

  std::vector<std::span<const uint64_t>> Of(int64_t step) {
    const int64_t epoch = run_.EpochOf(step);
    if (epoch != ordered_epoch_) {
      order_ = EpochOrder(train_, static_cast<uint64_t>(hyperparameters_.seed),
                          static_cast<uint64_t>(epoch));
      ordered_epoch_ = epoch;
    }
    const auto batch = static_cast<size_t>(hyperparameters_.batch_size);
    const size_t per_step =
        batch * static_cast<size_t>(hyperparameters_.gradient_accumulation_steps);
    const size_t begin = static_cast<size_t>((step - 1) % run_.steps_per_epoch) * per_step;
    const size_t end = std::min(order_.size(), begin + per_step);
    std::vector<std::span<const uint64_t>> micro_batches;
    for (size_t i = begin; i < end; i += batch) {
      micro_batches.push_back(std::span(order_).subspan(i, std::min(batch, end - i)));
    }
    return micro_batches;
  }

 private:
  const std::vector<uint64_t>& train_;
  const Hyperparameters& hyperparameters_;
  const RunLength& run_;
  std::vector<uint64_t> order_;
  int64_t ordered_epoch_ = -1;
};

// One run of one job, from the first step to the last checkpoint.
class Run {
 public:
  // `pretrained` (null: none) is what a job that begins starts from.
  Run(const TrainingTask& task, const ModelConfig& model, const PretrainedPair* pretrained,
      PreparedCorpus corpus, std::string device, TrainingObserver& observer)
      : task_(task),
        model_(model),
        pretrained_(pretrained),
        corpus_(std::move(corpus)),
        device_(std::move(device)),
        observer_(observer),
        length_(ComputeRunLength(task.hyperparameters,
                                 static_cast<int64_t>(corpus_.split.train.size()))),
        session_({.model = model, .hyperparameters = task.hyperparameters, .device = device_}),
        step_sequences_(corpus_.split.train, task_.hyperparameters, length_) {}

  absl::StatusOr<TrainingOutcome> Train(const StopSignal& stop) {
    const Hyperparameters& hyperparameters = task_.hyperparameters;
    ReportPreparation();
    RETURN_IF_ERROR(Resume());
    if (done_ == 0) Evaluate();

    started_ = Clock::now();
    while (done_ < length_.total_steps && !stop.requested()) {
      const int64_t step = done_ + 1;
      Step(step);
      done_ = step;
      const bool sampled = IsDue(step, hyperparameters.sample_every);
      const bool evaluated = IsDue(step, hyperparameters.eval_steps) && step < length_.total_steps;
      const bool saved = IsDue(step, hyperparameters.save_steps) && step < length_.total_steps;
      if (device_ == "cpu" || sampled || evaluated || saved || step % kResultsInterval == 0) {
        RETURN_IF_ERROR(ReportSteps());
      }
      if (sampled) ReportSample();
      if (evaluated) Evaluate();
      if (saved) RETURN_IF_ERROR(Save());
    }
    RETURN_IF_ERROR(ReportSteps());
    if (done_ == length_.total_steps) Evaluate();
    if (saved_ != done_ || done_ == 0) RETURN_IF_ERROR(Save());
    return TrainingOutcome{
        .stopped = done_ == length_.total_steps ? StopReason::kNone : stop.reason(),
        .step = done_,
        .model_dir = last_checkpoint_};
  }

 private:
  static bool IsDue(int64_t step, int64_t interval) { return interval > 0 && step % interval == 0; }

  std::filesystem::path CheckpointsDir() const { return task_.job_dir / "checkpoints"; }

  MaskingOptions Masking(uint64_t epoch) const {
    return {.mlm_probability = task_.hyperparameters.mlm_probability,
            .replace_prob = task_.hyperparameters.replace_prob,
            .seed = static_cast<uint64_t>(task_.hyperparameters.seed),
            .epoch = epoch};
  }

  void ReportPreparation() {
    const TokenCacheCounts& counts = corpus_.cache->counts();
    observer_.OnPrepared(
        {.samples = static_cast<int64_t>(counts.samples),
         .sequences = static_cast<int64_t>(counts.sequences),
         .tokens = static_cast<int64_t>(counts.tokens),
         .unknown_tokens = static_cast<int64_t>(counts.unknown_tokens),
         .split_samples = static_cast<int64_t>(counts.split_samples),
         .truncated_samples = static_cast<int64_t>(counts.truncated_samples),
         .vocab_size = corpus_.tokenizer->vocabulary().size(),
         .train_sequences = static_cast<int64_t>(corpus_.split.train.size()),
         .validation_sequences = static_cast<int64_t>(corpus_.split.validation.size()),
         .total_steps = length_.total_steps,
         .parameters = session_.parameter_count(),
         .device = device_});
  }

  absl::Status Begin() {
    if (pretrained_ == nullptr) return absl::OkStatus();
    SessionState state = session_.CopyState();
    std::vector<std::string> notes;
    RETURN_IF_ERROR(
        ApplyPretrained(*pretrained_, task_.hyperparameters.shared_embeddings, &state, &notes));
    session_.RestoreState(state);
    for (const std::string& note : notes) observer_.OnMessage(Severity::kInfo, note);
    return absl::OkStatus();
  }

  // Goes on from the newest whole checkpoint, if the job began before.
  absl::Status Resume() {
    std::vector<std::string> warnings;
    ASSIGN_OR_RETURN(std::optional<LoadedCheckpoint> checkpoint,
                     LoadNewestCheckpoint(CheckpointsDir(), &warnings));
    for (const std::string& warning : warnings) {
      observer_.OnMessage(Severity::kWarning, warning);
    }
    if (!checkpoint) return Begin();
    session_.RestoreState(checkpoint->state);
    done_ = saved_ = checkpoint->state.step;
    tokens_seen_ = checkpoint->tokens_seen;
    last_checkpoint_ = checkpoint->path;
    observer_.OnResumed(done_);
    return absl::OkStatus();
  }

  void Step(int64_t step) {
    const auto epoch = static_cast<uint64_t>(length_.EpochOf(step));
    std::vector<PackedBatch> micro_batches;
    for (std::span<const uint64_t> sequences : step_sequences_.Of(step)) {
      micro_batches.push_back(
          MakeBatch(corpus_.sequences(), sequences, corpus_.special(), Masking(epoch)));
    }
    StepRequest request{
        .step = step,
        .learning_rate = LearningRate(task_.hyperparameters.learning_rate, length_, step),
        .micro_batches = micro_batches,
        .observed_sequence = std::nullopt};
    if (IsDue(step, task_.hyperparameters.sample_every)) {
      KeyedRandom random({static_cast<uint64_t>(RandomUse::kSample),
                          static_cast<uint64_t>(task_.hyperparameters.seed),
                          static_cast<uint64_t>(step)});
      request.observed_sequence =
          static_cast<size_t>(random.Below(micro_batches.front().sequences.size()));
    }
    session_.Step(request);
  }

  // Hands on the results of the steps since the last call. A loss that is no number ends the job:
  // the weights are spoilt, and what the last checkpoint holds is the best there is.
  absl::Status ReportSteps() {
    const std::vector<StepResult> results = session_.TakeResults();  // sync
    const double seconds =
        SecondsSince(started_) / static_cast<double>(std::max<size_t>(1, results.size()));
    started_ = Clock::now();
    for (const StepResult& result : results) {
      tokens_seen_ += result.sums.tokens;
      StepMetrics metrics{
          .step = result.step,
          .epoch = length_.EpochOf(result.step),
          .loss = MeanMetrics(result.sums, task_.hyperparameters.gen_weight,
                              task_.hyperparameters.disc_weight),
          .learning_rate = LearningRate(task_.hyperparameters.learning_rate, length_, result.step),
          .gradient_norm = result.gradient_norm,
          .tokens_seen = tokens_seen_,
          .tokens_per_second = static_cast<double>(result.sums.tokens) / std::max(seconds, 1e-9),
          .step_seconds = seconds};
      if (!std::isfinite(metrics.loss.combined_loss) || !std::isfinite(metrics.gradient_norm)) {
        return absl::InvalidArgumentError(
            absl::StrCat("the loss of step ", metrics.step, " is not a number (learning_rate ",
                         task_.hyperparameters.learning_rate,
                         "): training diverged. Use a lower "
                         "learning_rate or a longer warm-up. ",
                         saved_ > 0 ? absl::StrCat("The checkpoint of step ", saved_, " is kept.")
                                    : std::string("No checkpoint had been written yet.")));
      }
      last_loss_ = metrics.loss;
      observer_.OnStep(metrics);
    }
    return absl::OkStatus();
  }

  void ReportSample() {
    std::optional<SequencePrediction> prediction = session_.TakePrediction();
    if (!prediction) return;
    prediction->epoch = length_.EpochOf(prediction->step);
    prediction->loss = last_loss_;
    observer_.OnSample(MakeSampleReport(*prediction, *corpus_.cache, *corpus_.tokenizer));
    started_ = Clock::now();
  }

  void Evaluate() {
    std::vector<uint64_t> sequences = corpus_.split.validation;
    if (sequences.empty()) return;
    const Clock::time_point start = Clock::now();
    sequences.resize(
        std::min(sequences.size(), static_cast<size_t>(task_.hyperparameters.max_eval_samples)));
    const TokenSequences corpus = corpus_.sequences();
    std::stable_sort(sequences.begin(), sequences.end(),
                     [&](uint64_t a, uint64_t b) { return corpus[a].size() > corpus[b].size(); });

    TokenSums sums;
    const auto batch_size = static_cast<size_t>(task_.hyperparameters.batch_size);
    for (size_t i = 0; i < sequences.size(); i += batch_size) {
      const auto batch =
          std::span(sequences).subspan(i, std::min(batch_size, sequences.size() - i));
      sums += session_.Evaluate(
          MakeBatch(corpus, batch, corpus_.special(), Masking(kEvaluationEpoch)), i);
    }
    EvaluationMetrics evaluation{.step = done_,
                                 .epoch = done_ == 0 ? 0 : length_.EpochOf(done_),
                                 .loss = MeanMetrics(sums, task_.hyperparameters.gen_weight,
                                                     task_.hyperparameters.disc_weight),
                                 .discriminator_f1 = 0,
                                 .token_count = sums.tokens,
                                 .seconds = SecondsSince(start)};
    evaluation.discriminator_f1 = F1(evaluation.loss);
    observer_.OnEvaluation(evaluation);
    started_ = Clock::now();
  }

  absl::Status Save() {
    ASSIGN_OR_RETURN(const CheckpointReport report,
                     WriteCheckpoint(CheckpointsDir(), {.state = session_.CopyState(),
                                                        .model = model_,
                                                        .tokenizer = *corpus_.tokenizer,
                                                        .tokens_seen = tokens_seen_}));
    PruneCheckpoints(CheckpointsDir(), task_.hyperparameters.save_total_limit);
    saved_ = report.step;
    last_checkpoint_ = report.path;
    observer_.OnCheckpoint(report);
    started_ = Clock::now();
    return absl::OkStatus();
  }

  const TrainingTask& task_;
  const ModelConfig model_;
  const PretrainedPair* const pretrained_;
  const PreparedCorpus corpus_;
  const std::string device_;
  TrainingObserver& observer_;
  const RunLength length_;
  TrainingSession session_;
  StepSequences step_sequences_;

  int64_t done_ = 0;   // optimizer steps
  int64_t saved_ = 0;  // step of the last checkpoint
  int64_t tokens_seen_ = 0;
  LossMetrics last_loss_;
  std::filesystem::path last_checkpoint_;
  Clock::time_point started_;  // of the steps that are not reported yet
};

// libtorch appends the C++ stack to its messages, which is nothing for a user.
std::string WithoutStack(std::string_view what) {
  what = what.substr(0, what.find("\nException raised from"));
  return std::string(what.substr(0, what.find("\nC++ CapturedTraceback")));
}

class LibtorchTrainer : public Trainer {
 public:
  absl::StatusOr<TrainingOutcome> Train(const TrainingTask& task, TrainingObserver& observer,
                                        const StopSignal& stop) override {
    try {
      return TrainOrThrow(task, observer, stop);
    } catch (const std::bad_alloc&) {
      return absl::ResourceExhaustedError(
          "memory ran out: use a smaller batch_size, max_length or model");
    } catch (const std::exception& error) {
      const std::string what = WithoutStack(error.what());
      if (what.find("out of memory") != std::string::npos ||
          what.find("can't allocate memory") != std::string::npos) {
        return absl::ResourceExhaustedError(absl::StrCat(
            "memory ran out (batch_size ", task.hyperparameters.batch_size, ", max_length ",
            task.hyperparameters.max_length,
            "): use a smaller batch_size with more gradient_accumulation_steps. ", what));
      }
      return absl::InternalError(what);
    }
  }

  std::vector<DeviceReport> Devices() const override {
    std::vector<DeviceReport> devices;
    for (const DeviceDescription& device : ListDevices()) {
      devices.push_back({device.name, device.description, device.memory_bytes});
    }
    return devices;
  }

  absl::StatusOr<std::string> ResolveDevice(std::string_view requested) const override {
    std::string problem;
    std::string device = electra::ResolveDevice(requested, &problem);
    if (device.empty()) return absl::NotFoundError(problem);
    return device;
  }

 private:
  absl::StatusOr<TrainingOutcome> TrainOrThrow(const TrainingTask& task, TrainingObserver& observer,
                                               const StopSignal& stop) {
    std::optional<PretrainedPair> pretrained;
    if (!task.pretrained_dir.empty()) {
      ASSIGN_OR_RETURN(pretrained, LoadPretrainedPair(task.pretrained_dir.string()));
    }
    ASSIGN_OR_RETURN(std::string device, ResolveDevice(task.hyperparameters.device));
    absl::StatusOr<PreparedCorpus> corpus =
        PrepareCorpus(task, pretrained && pretrained->tokenizer ? &*pretrained->tokenizer : nullptr,
                      observer, stop);
    if (absl::IsCancelled(corpus.status()) && stop.requested()) {
      return TrainingOutcome{.stopped = stop.reason(), .step = 0, .model_dir = {}};
    }
    RETURN_IF_ERROR(corpus.status());
    const Vocabulary& vocabulary = corpus->tokenizer->vocabulary();
    ModelConfig model;
    if (pretrained) {
      RETURN_IF_ERROR(CheckVocabularyFits(vocabulary, pretrained->discriminator.config));
      model = PretrainedConfig(*pretrained, task.hyperparameters);
    } else {
      ASSIGN_OR_RETURN(model, PresetConfig(task, vocabulary));
    }
    Run run(task, model, pretrained ? &*pretrained : nullptr, *std::move(corpus), std::move(device),
            observer);
    return run.Train(stop);
  }

  static absl::StatusOr<ModelConfig> PresetConfig(const TrainingTask& task,
                                                  const Vocabulary& vocabulary) {
    const ModelPreset* preset = FindModelPreset(task.model);
    if (preset == nullptr) {
      return absl::NotFoundError(absl::StrCat("there is no model \"", task.model, "\""));
    }
    ModelConfig model = preset->config;
    for (ElectraConfig* config : {&model.generator, &model.discriminator}) {
      config->vocab_size = vocabulary.size();
      config->pad_token_id = vocabulary.special().pad;
      config->hidden_dropout_prob = task.hyperparameters.hidden_dropout_prob;
      config->attention_probs_dropout_prob = task.hyperparameters.attention_probs_dropout_prob;
    }
    return model;
  }

  static absl::Status CheckVocabularyFits(const Vocabulary& vocabulary,
                                          const ElectraConfig& config) {
    if (vocabulary.size() <= config.vocab_size) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("the vocabulary has ", vocabulary.size(),
                                                   " tokens, but the model's word embedding only ",
                                                   config.vocab_size, " rows"));
  }
};

}  // namespace

std::unique_ptr<Trainer> CreateTrainer(const TrainerOptions& options) {
  SetThreadCount(options.threads);
  return std::make_unique<LibtorchTrainer>();
}

}  // namespace electra

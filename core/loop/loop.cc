#include "core/loop/loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/batch/batch.h"
#include "core/comm/rank_lost.h"
#include "core/loop/advice.h"
#include "core/loop/bad_steps.h"
#include "core/loop/best_evaluation.h"
#include "core/loop/checkpoint.h"
#include "core/loop/checkpoint_folders.h"
#include "core/loop/domain_tokens.h"
#include "core/loop/held_out_text.h"
#include "core/loop/job_checkpoints.h"
#include "core/loop/job_ranks.h"
#include "core/loop/out_of_memory.h"
#include "core/loop/pretrained_state.h"
#include "core/loop/sample_reports.h"
#include "core/loop/step_reports.h"
#include "core/loop/step_sequences.h"
#include "core/session/device.h"
#include "core/session/fitting_batch.h"
#include "core/session/session.h"
#include "core/settings/schedule.h"
#include "core/text/vocabulary_extender.h"

namespace electra {
namespace {

// A device's results are fetched once in this many steps, since each fetch waits for it.
constexpr int64_t kResultsInterval = 16;

// One run of one job, from the first step to the last checkpoint.
class Run {
 public:
  Run(PreparedRun prepared, TrainingObserver& observer)
      : task_(prepared.task),
        hyperparameters_(task_.hyperparameters),
        model_(prepared.model),
        pretrained_(prepared.pretrained),
        corpus_(std::move(prepared.corpus)),
        probe_(std::move(prepared.probe)),
        device_(std::move(prepared.device)),
        observer_(observer),
        length_(ComputeRunLength(hyperparameters_, corpus_.sequences_per_epoch())),
        held_out_(corpus_, hyperparameters_, device_),
        step_sequences_(corpus_.split.train, corpus_.mixed, hyperparameters_, length_),
        step_reports_(hyperparameters_, length_, observer),
        sample_reports_(hyperparameters_, length_, corpus_, probe_, observer),
        flat_discriminator_(length_.warmup_steps),
        checkpoints_({.checkpoints_dir = CheckpointsDir(task_.job_dir),
                      .model = model_,
                      .tokenizer = *corpus_.tokenizer,
                      .observer = observer,
                      .keep = hyperparameters_.save_total_limit}),
        ranks_(prepared.team, prepared.ranks, observer) {
    for (const PreparedEvalCorpus& evaluated : corpus_.eval_corpora) {
      eval_corpora_.emplace_back(corpus_, evaluated, hyperparameters_, device_);
    }
  }

  // A lost rank ends the attempt; the next one goes on from the last checkpoint with the remaining
  // ranks.
  absl::StatusOr<TrainingOutcome> Train(const StopSignal& stop) {
    while (true) {
      try {
        const absl::Status started = Start(stop);
        if (absl::IsCancelled(started) && stop.requested()) {
          return StoppedBeforeSteps(checkpoints_.dir(), stop.reason());
        }
        RETURN_IF_ERROR(started);
        ASSIGN_OR_RETURN(const bool is_done, TrainUntilRanksCome(stop));
        if (is_done) return Outcome(stop);
      } catch (const RankLost& lost) {
        RETURN_IF_ERROR(NoteLoss(lost.what()));
      }
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  // Ranks come together, and go on from the newest checkpoint.
  absl::Status Start(const StopSignal& stop) {
    session_.reset();
    RETURN_IF_ERROR(checkpoints_.Await());
    SessionOptions options{.model = model_, .hyperparameters = hyperparameters_, .device = device_};
    ASSIGN_OR_RETURN(options.ranks,
                     ranks_.Form({.model = model_, .hyperparameters = hyperparameters_}, stop));
    session_ = std::make_unique<TrainingSession>(options);
    if (attempts_++ == 0) ReportPreparation();
    // Other ranks wait for this one's state, and are told of a stop with the first step.
    const StopSignal not_yet;
    RETURN_IF_ERROR(Resume(options.ranks == nullptr ? stop : not_yet));
    session_->SynchronizeState();
    ranks_.ReportWhoCame();
    if (!looked_at_start_ && done_ == 0) RETURN_IF_ERROR(LookAtTheStart());
    looked_at_start_ = true;
    return absl::OkStatus();
  }

  // Whether all is done: false where ranks wait to take part.
  absl::StatusOr<bool> TrainUntilRanksCome(const StopSignal& stop) {
    step_reports_.RestartClock();
    while (!IsOver() && !stop.requested() && !checkpoints_.is_refused()) {
      const int64_t step = done_ + 1;
      RETURN_IF_ERROR(Step(step));
      done_ = step;
      LookAtTime();
      const bool sampled = sample_reports_.AreDue(step);
      const bool evaluated = IsDue(step, hyperparameters_.eval_steps) && !IsLastStep();
      const bool saved = SaveIsDue(step) && !IsLastStep();
      if (device_ == "cpu" || sampled || evaluated || saved || step % kResultsInterval == 0) {
        RETURN_IF_ERROR(ReportSteps());
      }
      // The state after a bad step shows nothing, and is not a good one to go back to.
      const bool is_good = step_reports_.bad_steps().in_a_row() == 0;
      if (sampled && is_good) {
        sample_reports_.ReportObserved(*session_, step_reports_.last_loss());
      }
      if (sampled) sample_reports_.ReportProbe(*session_, step);
      const bool improved = evaluated && Evaluate();
      const bool saves = improved || (saved && is_good);
      if (saves) RETURN_IF_ERROR(Save(improved));
      // After a checkpoint nothing is lost by starting again with them.
      if (saves && ranks_.HasNewcomers()) return false;
      if (sampled || evaluated || saved) step_reports_.RestartClock();
      RETURN_IF_ERROR(checkpoints_.ReportDone());
    }
    RETURN_IF_ERROR(ReportSteps());
    const bool improved = IsLastStep() && Evaluate();
    if (IsOver() && !sample_reports_.AreDue(done_)) sample_reports_.ReportProbe(*session_, done_);
    RETURN_IF_ERROR(checkpoints_.Await());  // so that the last one does not wait
    const bool is_unsaved = checkpoints_.last_step() != done_ || done_ == 0 || improved;
    if (is_unsaved && !checkpoints_.is_refused()) RETURN_IF_ERROR(Save(improved));
    RETURN_IF_ERROR(checkpoints_.Await());
    return true;
  }

  // By steps or by time. Other ranks need no clock: rank 0 tells them when it saves.
  bool SaveIsDue(int64_t step) const {
    if (IsDue(step, hyperparameters_.save_steps)) return true;
    const std::chrono::duration<double, std::ratio<60>> since = Clock::now() - saved_at_;
    return hyperparameters_.save_minutes > 0 && since.count() >= hyperparameters_.save_minutes;
  }

  bool KeepsBest() const {
    return hyperparameters_.load_best_model_at_end || hyperparameters_.early_stopping_patience > 0;
  }

  bool StopsEarly() const {
    const int64_t patience = hyperparameters_.early_stopping_patience;
    return patience > 0 && best_.evaluations_since >= patience;
  }

  // Called after each step and where an attempt goes on; in between the answer stays the same. A
  // job has one step at least.
  void LookAtTime() {
    const double minutes = hyperparameters_.max_duration;
    is_out_of_time_ = minutes > 0 && done_ > 0 && step_reports_.run_seconds() >= minutes * 60;
  }

  bool IsLastStep() const { return done_ == length_.total_steps || is_out_of_time_; }

  bool IsOver() const { return IsLastStep() || StopsEarly(); }

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
         .parameters = session_->parameter_count(),
         .device = device_});
  }

  // Goes on from the newest whole checkpoint, if the job began before.
  absl::Status Resume(const StopSignal& stop) {
    ASSIGN_OR_RETURN(const std::optional<LoadedCheckpoint> checkpoint, checkpoints_.LoadNewest());
    saved_at_ = Clock::now();
    if (!checkpoint) {
      done_ = 0;
      best_ = {};
      step_reports_.GoOnFrom(/*tokens_seen=*/0, /*skipped_steps=*/0, /*run_seconds=*/0);
      LookAtTime();
      observer_.OnStarted(0, 0);
      return Begin(stop);
    }
    session_->RestoreState(checkpoint->state);
    done_ = checkpoint->state.step;
    step_reports_.GoOnFrom(checkpoint->tokens_seen, checkpoint->state.skipped_steps,
                           checkpoint->run_seconds);
    LookAtTime();
    observer_.OnStarted(done_, checkpoint->state.skipped_steps);
    best_ = checkpoint->best;
    if (!KeepsBest() || !best_.step) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool is_there, checkpoints_.FindBest(*best_.step));
    if (is_there) return absl::OkStatus();
    best_.step.reset();  // the next evaluation is the best
    best_.evaluations_since = 0;
    return absl::OkStatus();
  }

  absl::Status Begin(const StopSignal& stop) {
    if (pretrained_ != nullptr) RETURN_IF_ERROR(TakePretrained(stop));
    return hyperparameters_.disc_token_weights == DiscTokenWeights::kDomain ? WeighTokens(stop)
                                                                            : absl::OkStatus();
  }

  absl::Status TakePretrained(const StopSignal& stop) {
    SessionState state = session_->CopyWeights();
    std::vector<Message> notes;
    AppendedTokens appended{.first = corpus_.model_tokens, .pieces = {}};
    ASSIGN_OR_RETURN(appended.pieces,
                     PiecesOfAppended(corpus_.tokenizer->vocabulary(), appended.first));
    RETURN_IF_ERROR(ApplyPretrained(*pretrained_, hyperparameters_.shared_embeddings, appended,
                                    stop, &state, &notes));
    session_->RestoreState(state);
    for (const Message& note : notes) observer_.OnMessage(Severity::kInfo, note);
    return absl::OkStatus();
  }

  // A job that goes on has the weights in its checkpoint.
  absl::Status WeighTokens(const StopSignal& stop) {
    const bool is_trained = pretrained_ != nullptr && pretrained_->generator;
    ASSIGN_OR_RETURN(
        DomainTokens tokens,
        FindDomainTokens(corpus_, hyperparameters_, model_.discriminator.vocab_size,
                         is_trained ? GeneratorIs::kTrained : GeneratorIs::kNew, *session_, stop));
    session_->SetTokenWeights(std::move(tokens.weights));
    observer_.OnMessage(
        Severity::kInfo,
        Message("DOMAIN_TOKENS_FOUND",
                "disc_token_weights=domain: {count} tokens of the vocabulary count more than once "
                "in the discriminator's loss",
                tokens.favoured));
    return absl::OkStatus();
  }

  absl::Status LookAtTheStart() {
    Advise();
    const bool improved = Evaluate();
    sample_reports_.ReportProbe(*session_, done_);
    return improved ? Save(/*is_best=*/true) : absl::OkStatus();
  }

  void Warn(const std::optional<Message>& advice) {
    if (advice) observer_.OnMessage(Severity::kWarning, *advice);
  }

  void Advise() {
    Warn(SmallBatchAdvice(hyperparameters_, model_));
    Warn(TinyCorpusAdvice(static_cast<int64_t>(corpus_.split.train.size()), length_.steps_per_epoch,
                          length_.total_steps));
    for (int64_t number : probe_.shortened()) {
      Warn(Message("LONG_PROBE_SENTENCE",
                   "probe sentence {number} has more than max_length ({max_length}) tokens: only "
                   "its beginning is shown",
                   number, hyperparameters_.max_length));
    }
  }

  absl::Status Step(int64_t step) {
    std::vector<PackedBatch> micro_batches;
    for (std::span<const uint64_t> sequences : step_sequences_.Of(step)) {
      micro_batches.push_back(BatchOf(step, sequences));
    }
    StepRequest request{.step = step,
                        .learning_rate = LearningRate(hyperparameters_, length_, step),
                        .disc_weight = DiscriminatorWeight(hyperparameters_, step),
                        .micro_batches = micro_batches,
                        .step_weight = session_->TokenWeight(micro_batches),
                        .observed_sequence = sample_reports_.ChooseSequence(
                            step, micro_batches.front().sequences.size())};
    const StepShare own = ranks_.Share(&request);
    try {
      session_->Step(request);
    } catch (const std::exception& error) {
      if (!IsOutOfMemory(error)) throw;
      return OutOfMemory(step);
    }
    return absl::OkStatus();
  }

  PackedBatch BatchOf(int64_t step, std::span<const uint64_t> sequences) const {
    return MakeBatch(corpus_.sequences(), sequences, corpus_.special(),
                     TrainingMasking(hyperparameters_, corpus_, length_.EpochOf(step)));
  }

  absl::Status OutOfMemory(int64_t step) {
    // The largest later batch must fit too.
    const std::vector<uint64_t> longest = LongestSequences(corpus_.sequences(), corpus_.split.train,
                                                           step_sequences_.Of(step).front().size());
    const size_t fitting = FittingBatch(longest.size(), [&](size_t count) {
      return session_->Fits(BatchOf(step, std::span(longest).first(count)));
    });
    return OutOfMemoryError(hyperparameters_, device_, step, static_cast<int64_t>(fitting));
  }

  // Too many bad steps in a row end the job.
  absl::Status ReportSteps() {
    const std::vector<StepResult> results = session_->TakeResults();  // sync
    const std::optional<int64_t> last_bad_step = step_reports_.Report(results);
    if (!last_bad_step) return absl::OkStatus();
    RETURN_IF_ERROR(checkpoints_.Await());
    std::vector<uint64_t> sequences;
    for (std::span<const uint64_t> batch : step_sequences_.Of(*last_bad_step)) {
      sequences.insert(sequences.end(), batch.begin(), batch.end());
    }
    const Message source = DescribeSource(task_, *corpus_.cache, sequences);
    const int64_t first = step_reports_.bad_steps().first();
    if (first == 1) {
      // No step has changed a weight yet.
      return InvalidArgumentError(
          "FIRST_WEIGHTS_NOT_TRAINABLE",
          "the model cannot be trained from its first weights: from step 1 to step {last} no loss "
          "and gradient was finite (max_bad_steps {limit}). Step {last} read {source}. Start from "
          "another model, or train with bf16=false and fp16=false.",
          *last_bad_step, hyperparameters_.max_bad_steps, source);
    }
    const Message checkpoint =
        checkpoints_.whole().empty()
            ? Message("NO_CHECKPOINT_YET", "No checkpoint had been written yet.")
            : Message("LAST_GOOD_CHECKPOINT",
                      "The last good checkpoint is that of step {step}: {folder}",
                      checkpoints_.whole_step(), checkpoints_.whole().string());
    return InvalidArgumentError(
        "TRAINING_DIVERGED",
        "training diverged: from step {first} to step {last} no loss and gradient was finite "
        "(max_bad_steps {limit}, learning_rate {rate}). Step {last} read {source}. Use a lower "
        "learning_rate or a longer warm-up. {checkpoint}",
        first, *last_bad_step, hyperparameters_.max_bad_steps, hyperparameters_.learning_rate,
        source, checkpoint);
  }

  // True where the best is kept and this is it.
  bool Evaluate() {
    if (held_out_.empty() && eval_corpora_.empty()) return false;
    const HeldOutText::Result evaluation = EvaluateAll();
    const double loss = evaluation.metrics.loss.combined_loss;
    if (std::isfinite(loss)) {
      observer_.OnEvaluation(evaluation.metrics);
      observer_.OnConfusions(evaluation.confusions.Report(done_, corpus_.tokenizer->vocabulary()));
    } else {
      Warn(Message("LOSS_NOT_RECORDED",
                   "the evaluated combined loss after step {step} is {loss}: it is not recorded",
                   done_, loss));
    }
    Warn(flat_discriminator_.Add(evaluation.metrics, hyperparameters_));
    const EvaluationMetrics judged = JudgedEvaluation(evaluation.metrics, hyperparameters_);
    const bool improved = best_.Add(judged, hyperparameters_.metric_for_best_model);
    if (IsLastStep() && !KeepsBest()) {
      Warn(OvertrainedAdvice(best_, judged, hyperparameters_));
    }
    return improved && KeepsBest();
  }

  // The first evaluation corpus stands for held-out text where there is none.
  HeldOutText::Result EvaluateAll() {
    std::vector<HeldOutText::Result> corpora;
    for (const HeldOutText& text : eval_corpora_) corpora.push_back(text.Evaluate(*session_));
    HeldOutText::Result result =
        held_out_.empty() ? corpora.front() : held_out_.Evaluate(*session_);
    result.metrics.eval_corpus.clear();
    result.metrics.step = done_;
    result.metrics.epoch = length_.EpochAfter(done_);
    for (const HeldOutText::Result& one : corpora) {
      EvaluationMetrics metrics = one.metrics;
      metrics.step = done_;
      metrics.epoch = result.metrics.epoch;
      if (std::isfinite(metrics.loss.combined_loss)) {
        result.metrics.eval_corpora.push_back(std::move(metrics));
        continue;
      }
      Warn(Message("LOSS_OF_CORPUS_NOT_RECORDED",
                   "the evaluated combined loss of {corpus} after step {step} is {loss}: it is not "
                   "recorded",
                   metrics.eval_corpus, done_, metrics.loss.combined_loss));
    }
    return result;
  }

  // Copies the state and has it written while training goes on.
  absl::Status Save(bool is_best) {
    RETURN_IF_ERROR(checkpoints_.AwaitForAWhile());  // the disk may be slower
    if (hyperparameters_.zero_redundancy_optimizer) ranks_.ContributeState();
    StateCopy copy = session_->StartCopy();
    checkpoints_.Start({.state = std::move(copy.state),
                        .fetch = std::move(copy.fetch),
                        .tokens_seen = step_reports_.tokens_seen(),
                        .run_seconds = step_reports_.run_seconds(),
                        .best = best_,
                        .is_best = is_best});
    saved_at_ = Clock::now();
    return absl::OkStatus();
  }

  // Fails the job where going on is useless.
  absl::Status NoteLoss(std::string_view what) {
    session_.reset();
    RETURN_IF_ERROR(checkpoints_.Await());
    return ranks_.NoteLoss(done_ + 1, what,
                           checkpoints_.whole().empty()
                               ? Message("THE_START", "the start")
                               : Message("CHECKPOINT_OF_STEP", "the checkpoint of step {step}",
                                         checkpoints_.whole_step()));
  }

  TrainingOutcome Outcome(const StopSignal& stop) const {
    TrainingOutcome outcome{.stopped = IsOver() ? StopReason::kNone : stop.reason(),
                            .step = done_,
                            .model_dir = checkpoints_.whole(),
                            .note = {}};
    if (checkpoints_.is_refused()) {  // even the last step needs its checkpoint
      outcome.stopped = std::max(stop.reason(), StopReason::kPause);
      outcome.step = checkpoints_.whole_step();
      return outcome;
    }
    const std::optional<std::filesystem::path> best =
        KeepsBest() ? BestCheckpoint(checkpoints_.dir()) : std::nullopt;
    if (best) {
      outcome.model_dir = *best;
      outcome.note = BestModelNote(best_, hyperparameters_, done_);
    }
    if (is_out_of_time_ && done_ < length_.total_steps) {
      outcome.note =
          OutOfTimeNote(hyperparameters_.max_duration, done_, length_.total_steps, outcome.note);
    } else if (best && StopsEarly()) {
      outcome.note =
          Message("STOPPED_EARLY",
                  "stopped early after step {step}: no better evaluation in {evaluations}. {model}",
                  done_, best_.evaluations_since, outcome.note);
    }
    return outcome;
  }

  const TrainingTask& task_;
  const Hyperparameters& hyperparameters_;
  const ModelConfig model_;
  const PretrainedPair* const pretrained_;
  const PreparedCorpus corpus_;
  const ProbeSet probe_;
  const std::string device_;
  TrainingObserver& observer_;
  const RunLength length_;
  const HeldOutText held_out_;
  std::vector<HeldOutText> eval_corpora_;

  int64_t done_ = 0;                           // optimizer steps
  int64_t attempts_ = 0;                       // each with a group of ranks of its own
  Clock::time_point saved_at_ = Clock::now();  // or when the attempt began
  bool looked_at_start_ = false;
  bool is_out_of_time_ = false;
  StepSequences step_sequences_;
  StepReports step_reports_;
  SampleReports sample_reports_;
  BestEvaluation best_;
  FlatDiscriminatorWatch flat_discriminator_;

  // In this order, so that at the end the session goes first, then the other ranks are let go, and
  // they do not wait for a checkpoint that is still being written.
  JobCheckpoints checkpoints_;
  JobRanks ranks_;
  std::unique_ptr<TrainingSession> session_;
};

}  // namespace

absl::StatusOr<TrainingOutcome> RunTraining(PreparedRun prepared, TrainingObserver& observer,
                                            const StopSignal& stop) {
  Run run(std::move(prepared), observer);
  return run.Train(stop);
}

TrainingOutcome StoppedBeforeSteps(const std::filesystem::path& checkpoints_dir,
                                   StopReason reason) {
  TrainingOutcome outcome{.stopped = reason, .step = 0, .model_dir = {}, .note = {}};
  const std::vector<int64_t> steps = CheckpointSteps(checkpoints_dir);
  if (steps.empty()) return outcome;
  outcome.step = steps.back();
  outcome.model_dir =
      BestCheckpoint(checkpoints_dir).value_or(CheckpointDir(checkpoints_dir, steps.back()));
  return outcome;
}

}  // namespace electra

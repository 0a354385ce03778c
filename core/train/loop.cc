#include "core/train/loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/distributed/messages.h"
#include "core/distributed/rank_lost.h"
#include "core/distributed/rounds.h"
#include "core/probe/evaluation_confusions.h"
#include "core/probe/sample.h"
#include "core/train/advice.h"
#include "core/train/bad_steps.h"
#include "core/train/batch.h"
#include "core/train/best_evaluation.h"
#include "core/train/checkpoint.h"
#include "core/train/checkpoint_writer.h"
#include "core/train/prepare.h"
#include "core/train/pretrained_state.h"
#include "core/train/probe_set.h"
#include "core/train/random.h"
#include "core/train/schedule.h"
#include "core/train/session.h"
#include "core/train/share.h"
#include "core/train/step_sequences.h"

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Masks of an evaluation are those of this epoch, which no training reaches.
constexpr uint64_t kEvaluationEpoch = ~uint64_t{0};

// Sequences of an evaluation's batch. Not the job's batch_size: what the generator samples depends
// on the batch, and evaluations should differ by the weights alone.
constexpr size_t kEvaluationBatch = 32;

// A device's results are fetched once in so many steps, since each fetch waits for it.
constexpr int64_t kResultsInterval = 16;

// So often ranks may be lost without a step between, before the job gives up.
constexpr int64_t kMostLosses = 5;

// One run of one job, from the first step to the last checkpoint.
class Run {
 public:
  Run(PreparedRun prepared, TrainingObserver& observer)
      : task_(prepared.task),
        model_(prepared.model),
        pretrained_(prepared.pretrained),
        corpus_(std::move(prepared.corpus)),
        probe_(std::move(prepared.probe)),
        device_(std::move(prepared.device)),
        team_(prepared.team),
        ranks_(prepared.ranks),
        observer_(observer),
        length_(ComputeRunLength(task_.hyperparameters,
                                 static_cast<int64_t>(corpus_.split.train.size()))),
        step_sequences_(corpus_.split.train, task_.hyperparameters, length_),
        bad_steps_(task_.hyperparameters.max_bad_steps),
        flat_discriminator_(length_.warmup_steps),
        writer_({.checkpoints_dir = CheckpointsDir(),
                 .model = model_,
                 .tokenizer = *corpus_.tokenizer,
                 .observer = observer,
                 .keep = task_.hyperparameters.save_total_limit}) {}

  ~Run() {
    session_.reset();
    if (team_ == nullptr) return;
    try {
      team_->Dissolve();
    } catch (const std::exception&) {
      // The others learn it from their connections.
    }
  }

  // A lost rank ends the attempt; the next one goes on from the last checkpoint with those that are
  // there.
  absl::StatusOr<TrainingOutcome> Train(const StopSignal& stop) {
    while (true) {
      try {
        const absl::Status started = Start(stop);
        if (absl::IsCancelled(started) && stop.requested()) return Stopped(stop);
        RETURN_IF_ERROR(started);
        ASSIGN_OR_RETURN(const bool is_done, TrainUntilRanksCome(stop));
        if (is_done) return Outcome(stop);
      } catch (const RankLost& lost) {
        RETURN_IF_ERROR(NoteLoss(lost.what()));
      }
    }
  }

 private:
  // Ranks come together, and go on from the newest checkpoint.
  absl::Status Start(const StopSignal& stop) {
    session_.reset();
    RETURN_IF_ERROR(ReportCheckpoint(writer_.Await()));
    SessionOptions options{
        .model = model_, .hyperparameters = task_.hyperparameters, .device = device_};
    if (team_ != nullptr) {
      ASSIGN_OR_RETURN(
          options.ranks,
          team_->Form(ranks_, {.model = model_, .hyperparameters = task_.hyperparameters}, stop));
    }
    session_ = std::make_unique<TrainingSession>(options);
    if (attempts_++ == 0) ReportPreparation();
    RETURN_IF_ERROR(Resume());
    session_->SynchronizeState();
    if (ranks_ > 1) ReportRanks();
    if (!looked_at_start_ && done_ == 0) RETURN_IF_ERROR(LookAtTheStart());
    looked_at_start_ = true;
    return absl::OkStatus();
  }

  void ReportRanks() {
    if (team_->size() == ranks_) {
      observer_.OnMessage(Severity::kInfo, absl::StrCat(ranks_, " ranks share each step"));
      return;
    }
    std::vector<int64_t> missing;
    for (int64_t rank = 1, member = 1; rank < ranks_; ++rank) {
      if (member < team_->size() && team_->rank_of(member) == rank) {
        ++member;
      } else {
        missing.push_back(rank);
      }
    }
    observer_.OnMessage(
        Severity::kWarning,
        absl::StrCat("training goes on with ", team_->size(), " of ", ranks_, " ranks: rank ",
                     absl::StrJoin(missing, ", "),
                     " did not come. Batches and results stay the same; ranks that come later take "
                     "part from the next checkpoint on"));
  }

  // Fails the job where that is of no use.
  absl::Status NoteLoss(std::string_view what) {
    session_.reset();
    RETURN_IF_ERROR(ReportCheckpoint(writer_.Await()));
    std::string why(what);
    if (const std::optional<RankTeam::Failure> failure = team_->FindFailure()) {
      why = absl::StrCat("rank ", failure->rank, " says: ", failure->text);
      if (failure->kind == RankTeam::Failure::Kind::kOutOfMemory) {
        return absl::ResourceExhaustedError(absl::StrCat(
            "the memory of rank ", failure->rank, " ran out in step ", done_ + 1,
            ": use a smaller batch_size (with more gradient_accumulation_steps the training stays "
            "the same), max_length or model, or gradient_checkpointing=true. ",
            failure->text));
      }
      if (failure->kind == RankTeam::Failure::Kind::kDeviceLost && team_->is_one_process()) {
        return DeviceLostError(why);
      }
    }
    losses_ = done_ + 1 > lost_step_ ? 1 : losses_ + 1;
    lost_step_ = std::max(lost_step_, done_ + 1);
    if (losses_ > kMostLosses) {
      return absl::UnavailableError(
          absl::StrCat("a rank was lost ", losses_, " times at step ", lost_step_, ": ", why));
    }
    Warn(absl::StrCat("a rank was lost in step ", done_ + 1, ": ", why, ". Going back to ",
                      last_checkpoint_.empty() ? std::string("the start")
                                               : absl::StrCat("the checkpoint of step ", saved_),
                      " with the ranks that are there within ",
                      team_->options().ranks.join_timeout.count(), " s"));
    return absl::OkStatus();
  }

  // Whether all is done: false where ranks wait that are to take part.
  absl::StatusOr<bool> TrainUntilRanksCome(const StopSignal& stop) {
    const Hyperparameters& hyperparameters = task_.hyperparameters;
    started_ = Clock::now();
    while (!IsOver() && !stop.requested()) {
      const int64_t step = done_ + 1;
      RETURN_IF_ERROR(Step(step));
      done_ = step;
      const bool sampled = IsDue(step, hyperparameters.sample_every);
      const bool evaluated = IsDue(step, hyperparameters.eval_steps) && step < length_.total_steps;
      const bool saved = IsDue(step, hyperparameters.save_steps) && step < length_.total_steps;
      if (device_ == "cpu" || sampled || evaluated || saved || step % kResultsInterval == 0) {
        RETURN_IF_ERROR(ReportSteps());
      }
      if (sampled && bad_steps_.in_a_row() == 0) ReportSample();
      if (sampled) ReportProbe();
      const bool improved = evaluated && Evaluate();
      // What a bad step leaves is no good place to go back to.
      const bool saves = improved || (saved && bad_steps_.in_a_row() == 0);
      if (saves) RETURN_IF_ERROR(Save(improved));
      // From a checkpoint on, nothing is lost by beginning anew with them.
      if (saves && team_ != nullptr && team_->HasNewcomers(ranks_)) return false;
      RETURN_IF_ERROR(ReportCheckpoint(writer_.TakeDone()));
    }
    RETURN_IF_ERROR(ReportSteps());
    const bool improved = done_ == length_.total_steps && Evaluate();
    if (IsOver() && !IsDue(done_, hyperparameters.sample_every)) ReportProbe();
    if (copied_ != done_ || done_ == 0 || improved) RETURN_IF_ERROR(Save(improved));
    RETURN_IF_ERROR(ReportCheckpoint(writer_.Await()));
    return true;
  }

  static bool IsDue(int64_t step, int64_t interval) { return interval > 0 && step % interval == 0; }

  bool KeepsBest() const {
    return task_.hyperparameters.load_best_model_at_end ||
           task_.hyperparameters.early_stopping_patience > 0;
  }

  bool StopsEarly() const {
    const int64_t patience = task_.hyperparameters.early_stopping_patience;
    return patience > 0 && best_.evaluations_since >= patience;
  }

  bool IsOver() const { return done_ == length_.total_steps || StopsEarly(); }

  std::filesystem::path CheckpointsDir() const { return task_.job_dir / "checkpoints"; }

  MaskingOptions Masking(uint64_t epoch) const {
    const Hyperparameters& hyperparameters = task_.hyperparameters;
    return {.mlm_probability = hyperparameters.mlm_probability,
            .replace_prob = hyperparameters.replace_prob,
            .seed = static_cast<uint64_t>(hyperparameters.seed),
            .epoch = epoch,
            .unit = hyperparameters.mask_unit,
            .span_geometric_p = hyperparameters.span_geometric_p,
            .max_span_length = hyperparameters.max_span_length,
            .continues_word = corpus_.continues_word};
  }

  // The same for all jobs with this corpus, vocabulary, split and seed, however they are trained.
  MaskingOptions EvaluationMasking() const {
    const Hyperparameters defaults;
    return {.mlm_probability = defaults.mlm_probability,
            .replace_prob = defaults.replace_prob,
            .seed = static_cast<uint64_t>(task_.hyperparameters.seed),
            .epoch = kEvaluationEpoch};
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
         .parameters = session_->parameter_count(),
         .device = device_});
  }

  absl::Status Begin() {
    if (pretrained_ == nullptr) return absl::OkStatus();
    SessionState state = session_->CopyWeights();
    std::vector<std::string> notes;
    RETURN_IF_ERROR(
        ApplyPretrained(*pretrained_, task_.hyperparameters.shared_embeddings, &state, &notes));
    session_->RestoreState(state);
    for (const std::string& note : notes) observer_.OnMessage(Severity::kInfo, note);
    return absl::OkStatus();
  }

  void Warn(const std::optional<std::string>& advice) {
    if (advice) observer_.OnMessage(Severity::kWarning, *advice);
  }

  void Advise() {
    Warn(SmallBatchAdvice(task_.hyperparameters, model_));
    Warn(TinyCorpusAdvice(static_cast<int64_t>(corpus_.split.train.size()), length_.steps_per_epoch,
                          length_.total_steps));
    for (int64_t number : probe_.shortened()) {
      Warn(absl::StrCat("probe sentence ", number, " has more than max_length (",
                        task_.hyperparameters.max_length, ") tokens: only its beginning is shown"));
    }
  }

  // Goes on from the newest whole checkpoint, if the job began before.
  absl::Status Resume() {
    const bool began_before = done_ > 0;
    done_ = copied_ = saved_ = tokens_seen_ = skipped_steps_ = 0;
    std::vector<std::string> warnings;
    ASSIGN_OR_RETURN(std::optional<LoadedCheckpoint> checkpoint,
                     LoadNewestCheckpoint(CheckpointsDir(), &warnings));
    for (const std::string& warning : warnings) {
      observer_.OnMessage(Severity::kWarning, warning);
    }
    if (!checkpoint) {
      if (!warnings.empty()) {
        observer_.OnMessage(Severity::kWarning,
                            "no checkpoint is whole: training begins again with step 1");
      }
      if (began_before) observer_.OnResumed(0);
      return Begin();
    }
    session_->RestoreState(checkpoint->state);
    done_ = copied_ = saved_ = checkpoint->state.step;
    tokens_seen_ = checkpoint->tokens_seen;
    skipped_steps_ = checkpoint->state.skipped_steps;
    best_ = checkpoint->best;
    last_checkpoint_ = checkpoint->path;
    if (done_ > 0 || began_before) observer_.OnResumed(done_);
    return absl::OkStatus();
  }

  absl::Status LookAtTheStart() {
    Advise();
    const bool improved = Evaluate();
    ReportProbe();
    return improved ? Save(/*is_best=*/true) : absl::OkStatus();
  }

  absl::Status Step(int64_t step) {
    const auto epoch = static_cast<uint64_t>(length_.EpochOf(step));
    std::vector<PackedBatch> micro_batches;
    for (std::span<const uint64_t> sequences : step_sequences_.Of(step)) {
      micro_batches.push_back(
          MakeBatch(corpus_.sequences(), sequences, corpus_.special(), Masking(epoch)));
    }
    StepRequest request{.step = step,
                        .learning_rate = LearningRate(task_.hyperparameters, length_, step),
                        .disc_weight = DiscriminatorWeight(task_.hyperparameters, step),
                        .micro_batches = micro_batches,
                        .observed_sequence = std::nullopt};
    if (IsDue(step, task_.hyperparameters.sample_every)) {
      KeyedRandom random({static_cast<uint64_t>(RandomUse::kSample),
                          static_cast<uint64_t>(task_.hyperparameters.seed),
                          static_cast<uint64_t>(step)});
      request.observed_sequence =
          static_cast<size_t>(random.Below(micro_batches.front().sequences.size()));
    }
    StepShare own;
    if (team_ != nullptr && team_->size() > 1) {
      own = Share(&request);
      request.micro_batches = own.micro_batches;
      request.indices = own.indices;
    }
    try {
      session_->Step(request);
    } catch (const std::exception& error) {
      if (!IsOutOfMemory(error)) throw;
      return OutOfMemory(step);
    }
    return absl::OkStatus();
  }

  // Sends the other ranks what they are to compute of the step, and returns this rank's share.
  StepShare Share(StepRequest* request) {
    for (const PackedBatch& batch : request->micro_batches) {
      request->step_tokens += batch.token_count();
      request->step_masked += batch.masked_count();
    }
    std::vector<StepShare> shares =
        ShareOut(request->micro_batches, team_->size(), &request->observed_sequence);
    for (int64_t member = 1; member < team_->size(); ++member) {
      team_->Send(member, Encode(StepMessage{.step = request->step,
                                             .learning_rate = request->learning_rate,
                                             .disc_weight = request->disc_weight,
                                             .step_tokens = request->step_tokens,
                                             .step_masked = request->step_masked,
                                             .share = shares[static_cast<size_t>(member)]}));
    }
    return std::move(shares.front());
  }

  // Names the largest half, quarter, ... of the step's batch that fits.
  absl::Status OutOfMemory(int64_t step) {
    const std::span<const uint64_t> sequences = step_sequences_.Of(step).front();
    const auto epoch = static_cast<uint64_t>(length_.EpochOf(step));
    size_t count = sequences.size() / 2;
    while (count > 0 && !session_->Fits(MakeBatch(corpus_.sequences(), sequences.first(count),
                                                  corpus_.special(), Masking(epoch)))) {
      count /= 2;
    }
    const Hyperparameters& hyperparameters = task_.hyperparameters;
    const std::string problem = absl::StrCat("the memory of ", device_, " ran out in step ", step,
                                             " (batch_size ", hyperparameters.batch_size,
                                             ", max_length ", hyperparameters.max_length, "). ");
    if (count == 0) {
      return absl::ResourceExhaustedError(
          absl::StrCat(problem,
                       "Not even one sequence fits: use a smaller max_length or model, or "
                       "gradient_checkpointing=true"));
    }
    const int64_t per_step =
        hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
    const auto fitting = static_cast<int64_t>(count);
    return absl::ResourceExhaustedError(absl::StrCat(
        problem, "A batch_size of ", fitting,
        " fits. For the same training use it with gradient_accumulation_steps=",
        (per_step + fitting - 1) / fitting, "; gradient_checkpointing=true needs less memory too"));
  }

  // Hands on the results of the steps since the last call. A bad step has changed nothing; too many
  // in a row end the job.
  absl::Status ReportSteps() {
    const std::vector<StepResult> results = session_->TakeResults();  // sync
    const double seconds =
        SecondsSince(started_) / static_cast<double>(std::max<size_t>(1, results.size()));
    started_ = Clock::now();
    for (const StepResult& result : results) {
      tokens_seen_ += result.sums.tokens;
      StepMetrics metrics{
          .step = result.step,
          .epoch = length_.EpochOf(result.step),
          .loss = MeanMetrics(result.sums, task_.hyperparameters.gen_weight,
                              DiscriminatorWeight(task_.hyperparameters, result.step)),
          .learning_rate = LearningRate(task_.hyperparameters, length_, result.step),
          .gradient_norm = result.gradient_norm,
          .tokens_seen = tokens_seen_,
          .tokens_per_second = static_cast<double>(result.sums.tokens) / std::max(seconds, 1e-9),
          .step_seconds = seconds,
          .ranks = result.ranks,
          .slowest_rank_tokens_per_second = result.slowest_rank_tokens_per_second};
      if (result.skipped) {
        RETURN_IF_ERROR(ReportBadStep(metrics));
        continue;
      }
      bad_steps_.AddGood();
      last_loss_ = metrics.loss;
      observer_.OnStep(metrics);
    }
    return absl::OkStatus();
  }

  absl::Status ReportBadStep(const StepMetrics& metrics) {
    bad_steps_.AddBad(metrics.step);
    observer_.OnSkippedSteps(++skipped_steps_);
    observer_.OnMessage(
        Severity::kWarning,
        absl::StrCat("step ", metrics.step, " was skipped and changed nothing: its loss is ",
                     metrics.loss.combined_loss, ", the norm of its gradient ",
                     metrics.gradient_norm, " (", bad_steps_.in_a_row(),
                     " in a row, the job fails at ", task_.hyperparameters.max_bad_steps, ")"));
    if (!bad_steps_.too_many()) return absl::OkStatus();
    RETURN_IF_ERROR(ReportCheckpoint(writer_.Await()));
    std::vector<uint64_t> sequences;
    for (std::span<const uint64_t> batch : step_sequences_.Of(metrics.step)) {
      sequences.insert(sequences.end(), batch.begin(), batch.end());
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "training diverged: from step ", bad_steps_.first(), " to step ", metrics.step,
        " no loss and gradient was a finite number (max_bad_steps ",
        task_.hyperparameters.max_bad_steps, ", learning_rate ",
        task_.hyperparameters.learning_rate, "). Step ", metrics.step, " read ",
        DescribeSource(task_, *corpus_.cache, sequences),
        ". Use a lower learning_rate or a longer warm-up. ",
        last_checkpoint_.empty() ? std::string("No checkpoint had been written yet.")
                                 : absl::StrCat("The last good checkpoint is that of step ", saved_,
                                                ": ", last_checkpoint_.string())));
  }

  void ReportSample() {
    std::optional<SequencePrediction> prediction = session_->TakePrediction();
    if (!prediction) return;
    prediction->epoch = length_.EpochOf(prediction->step);
    prediction->loss = last_loss_;
    observer_.OnSample(MakeSampleReport(*prediction, *corpus_.cache, *corpus_.tokenizer));
    started_ = Clock::now();
  }

  // As the networks see the probe sentences now, with the masks of every other time.
  void ReportProbe() {
    if (probe_.empty() || task_.hyperparameters.sample_every == 0) return;
    PredictionResult result = session_->Predict(probe_.Batch(corpus_.special(), Masking(0)));
    std::sort(result.predictions.begin(), result.predictions.end(),
              [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    for (SequencePrediction& prediction : result.predictions) {
      prediction.step = done_;
      prediction.epoch = done_ == 0 ? 0 : length_.EpochOf(done_);
      prediction.loss = MeanMetrics(result.sums, task_.hyperparameters.gen_weight,
                                    task_.hyperparameters.disc_weight);
      SampleReport report = MakeSampleReport(prediction, probe_.sentence(prediction.sequence),
                                             /*start=*/0, *corpus_.tokenizer);
      report.probe = static_cast<int64_t>(prediction.sequence) + 1;
      observer_.OnSample(report);
    }
    started_ = Clock::now();
  }

  // True where the best is kept and this is it.
  bool Evaluate() {
    std::vector<uint64_t> sequences = corpus_.split.validation;
    if (sequences.empty()) return false;
    const Clock::time_point start = Clock::now();
    sequences.resize(
        std::min(sequences.size(), static_cast<size_t>(task_.hyperparameters.max_eval_samples)));
    const TokenSequences corpus = corpus_.sequences();
    std::stable_sort(sequences.begin(), sequences.end(),
                     [&](uint64_t a, uint64_t b) { return corpus[a].size() > corpus[b].size(); });

    TokenSums sums;
    EvaluationConfusions confusions;
    TokenVerdicts verdicts;
    for (size_t i = 0; i < sequences.size(); i += kEvaluationBatch) {
      const PackedBatch batch = MakeBatch(
          corpus, std::span(sequences).subspan(i, std::min(kEvaluationBatch, sequences.size() - i)),
          corpus_.special(), EvaluationMasking());
      sums += session_->Evaluate(batch, i, &verdicts);
      confusions.Add(batch, verdicts);
    }
    EvaluationMetrics evaluation{.step = done_,
                                 .epoch = done_ == 0 ? 0 : length_.EpochOf(done_),
                                 .loss = MeanMetrics(sums, task_.hyperparameters.gen_weight,
                                                     task_.hyperparameters.disc_weight),
                                 .discriminator_f1 = 0,
                                 .token_count = sums.tokens,
                                 .seconds = SecondsSince(start)};
    evaluation.discriminator_f1 = F1(evaluation.loss);
    const double loss = evaluation.loss.combined_loss;
    if (std::isfinite(loss)) {
      observer_.OnEvaluation(evaluation);
      observer_.OnConfusions(confusions.Report(done_, corpus_.tokenizer->vocabulary()));
    } else {
      Warn(absl::StrCat("the evaluated combined loss after step ", done_, " is ", loss,
                        ": it is not recorded"));
    }
    Warn(flat_discriminator_.Add(evaluation, task_.hyperparameters));
    const bool improved = best_.Add(done_, loss);
    if (done_ == length_.total_steps && !KeepsBest()) Warn(OvertrainedAdvice(best_, done_, loss));
    started_ = Clock::now();
    return improved && KeepsBest();
  }

  // Copies the state and has it written while training goes on.
  absl::Status Save(bool is_best) {
    RETURN_IF_ERROR(ReportCheckpoint(writer_.Await()));  // waits where the disk is slower
    if (task_.hyperparameters.zero_redundancy_optimizer && team_ != nullptr) {
      team_->SendAll(EncodeVerb(Verb::kContribute));
    }
    writer_.Start({.state = session_->CopyState(),
                   .tokens_seen = tokens_seen_,
                   .best = best_,
                   .is_best = is_best});
    copied_ = done_;
    started_ = Clock::now();
    return absl::OkStatus();
  }

  absl::Status ReportCheckpoint(CheckpointWriter::Result written) {
    if (!written) return absl::OkStatus();
    RETURN_IF_ERROR(written->status());
    saved_ = (*written)->step;
    last_checkpoint_ = (*written)->path;
    observer_.OnCheckpoint(**written);
    return absl::OkStatus();
  }

  // Before the ranks had come together.
  TrainingOutcome Stopped(const StopSignal& stop) const {
    TrainingOutcome outcome{.stopped = stop.reason(), .step = 0, .model_dir = {}, .note = ""};
    const std::vector<int64_t> steps = CheckpointSteps(CheckpointsDir());
    if (steps.empty()) return outcome;
    outcome.step = steps.back();
    outcome.model_dir = CheckpointDir(CheckpointsDir(), steps.back());
    return outcome;
  }

  TrainingOutcome Outcome(const StopSignal& stop) const {
    TrainingOutcome outcome{.stopped = IsOver() ? StopReason::kNone : stop.reason(),
                            .step = done_,
                            .model_dir = last_checkpoint_,
                            .note = ""};
    const std::optional<std::filesystem::path> best =
        KeepsBest() ? BestCheckpoint(CheckpointsDir()) : std::nullopt;
    if (!best) return outcome;
    outcome.model_dir = *best;
    if (StopsEarly()) {
      outcome.note = absl::StrCat("stopped early after step ", done_, ": no lower loss in ",
                                  best_.evaluations_since, " evaluations. ");
    }
    absl::StrAppend(&outcome.note, "the model is that of step ", best_.step.value_or(done_),
                    ", whose evaluated combined loss ", best_.loss, " is the lowest");
    return outcome;
  }

  const TrainingTask& task_;
  const ModelConfig model_;
  const PretrainedPair* const pretrained_;
  const PreparedCorpus corpus_;
  const ProbeSet probe_;
  const std::string device_;
  RankTeam* const team_;  // null where there are no other ranks
  const int64_t ranks_;
  TrainingObserver& observer_;
  const RunLength length_;
  std::unique_ptr<TrainingSession> session_;
  StepSequences step_sequences_;

  int64_t done_ = 0;    // optimizer steps
  int64_t copied_ = 0;  // step of the last checkpoint, also while it is being written
  int64_t saved_ = 0;   // step of the last that is whole
  int64_t tokens_seen_ = 0;
  int64_t skipped_steps_ = 0;
  int64_t attempts_ = 0;  // each with a group of ranks of its own
  bool looked_at_start_ = false;
  int64_t lost_step_ = 0;  // the furthest in which a rank was lost
  int64_t losses_ = 0;     // there
  BestEvaluation best_;
  BadSteps bad_steps_;
  FlatDiscriminatorWatch flat_discriminator_;
  CheckpointWriter writer_;
  LossMetrics last_loss_;
  std::filesystem::path last_checkpoint_;
  Clock::time_point started_;  // of the steps that are not reported yet
};

}  // namespace

absl::StatusOr<TrainingOutcome> RunTraining(PreparedRun prepared, TrainingObserver& observer,
                                            const StopSignal& stop) {
  Run run(std::move(prepared), observer);
  return run.Train(stop);
}

}  // namespace electra

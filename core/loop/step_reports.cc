#include "core/loop/step_reports.h"

#include <algorithm>

namespace electra {

std::optional<int64_t> StepReports::Report(std::span<const StepResult> results) {
  const double seconds = std::chrono::duration<double>(Clock::now() - since_).count() /
                         static_cast<double>(std::max<size_t>(1, results.size()));
  RestartClock();
  double run_seconds = this->run_seconds() - seconds * static_cast<double>(results.size());
  for (const StepResult& result : results) {
    run_seconds += seconds;
    tokens_seen_ += result.sums.tokens;
    const StepMetrics metrics{
        .step = result.step,
        .epoch = run_.EpochOf(result.step),
        .loss = MeanMetrics(result.sums, hyperparameters_.gen_weight,
                            DiscriminatorWeight(hyperparameters_, result.step)),
        .sums = result.sums,
        .learning_rate = LearningRate(hyperparameters_, run_, result.step),
        .gradient_norm = result.gradient_norm,
        .tokens_seen = tokens_seen_,
        .tokens_per_second = static_cast<double>(result.sums.tokens) / std::max(seconds, 1e-9),
        .step_seconds = seconds,
        .run_seconds = run_seconds,
        .ranks = result.ranks,
        .slowest_rank_tokens_per_second = result.slowest_rank_tokens_per_second};
    if (result.skipped) {
      ReportBad(metrics);
      if (bad_steps_.too_many()) return result.step;
      continue;
    }
    bad_steps_.AddGood();
    last_loss_ = metrics.loss;
    observer_.OnStep(metrics);
  }
  return std::nullopt;
}

void StepReports::ReportBad(const StepMetrics& metrics) {
  bad_steps_.AddBad(metrics.step);
  observer_.OnSkippedSteps(++skipped_steps_);
  observer_.OnMessage(
      Severity::kWarning,
      Message("STEP_SKIPPED",
              "step {step} was skipped and changed nothing: its loss is {loss}, the norm of its "
              "gradient {norm} ({in_a_row} in a row, the job fails at {limit})",
              metrics.step, metrics.loss.combined_loss, metrics.gradient_norm,
              bad_steps_.in_a_row(), hyperparameters_.max_bad_steps));
}

}  // namespace electra

// Warnings to a job's owner: settings and results that have cost others a run.
//
// Sentences for people, with the values. Pure functions, and one small state.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/message.h"
#include "core/loop/best_evaluation.h"
#include "core/session/metrics.h"
#include "core/settings/hyperparameters.h"
#include "core/shape/config.h"

namespace electra {

// A learning rate that is far too high for so small a batch. Published rates are for batches of
// 128 (small), 256 (base) and 2048 (large) sequences; the rate scales with the square root of the
// batch.
std::optional<Message> SmallBatchAdvice(const Hyperparameters& hyperparameters,
                                        const ModelConfig& model);

// A corpus so small that a model memorizes it.
std::optional<Message> TinyCorpusAdvice(int64_t train_sequences, int64_t steps_per_epoch,
                                        int64_t total_steps);

// A last step that is clearly worse than the best one, by this metric.
std::optional<Message> OvertrainedAdvice(const BestEvaluation& best, const EvaluationMetrics& last,
                                         const Hyperparameters& hyperparameters);

// Why a job's model is that of its best evaluation; `done` are the job's steps.
Message BestModelNote(const BestEvaluation& best, const Hyperparameters& hyperparameters,
                      int64_t done);

// Why a job ended before its last step: max_duration was over. `model`: why its model is another
// step's; an empty message where it is not.
Message OutOfTimeNote(double max_duration, int64_t done, int64_t total_steps, const Message& model);

// All steps, for which the estimate is `seconds`, take longer than max_duration.
std::optional<Message> DurationAdvice(const Hyperparameters& hyperparameters, double seconds);

// Sees every evaluation and speaks once, when the discriminator has caught nothing in several in a
// row after the warm-up.
class FlatDiscriminatorWatch {
 public:
  explicit FlatDiscriminatorWatch(int64_t warmup_steps) : warmup_steps_(warmup_steps) {}

  std::optional<Message> Add(const EvaluationMetrics& evaluation,
                             const Hyperparameters& hyperparameters);

 private:
  const int64_t warmup_steps_;
  int64_t flat_ = 0;  // evaluations in a row
};

}  // namespace electra

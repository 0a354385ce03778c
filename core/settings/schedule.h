// Length, learning rate and weights of the losses of a run.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/settings/hyperparameters.h"

namespace electra {

// Where a run of known length stands. Steps count from 1, epochs from 0.
struct RunLength {
  int64_t steps_per_epoch = 0;  // the last step of an epoch may hold fewer sequences
  int64_t total_steps = 0;
  int64_t warmup_steps = 0;

  int64_t EpochOf(int64_t step) const { return (step - 1) / steps_per_epoch; }
  // The epoch of an evaluation or sample after this many steps.
  int64_t EpochAfter(int64_t steps) const { return steps == 0 ? 0 : EpochOf(steps); }
};

// Whether something due every `interval` steps is due after `step`; 0: never.
inline bool IsDue(int64_t step, int64_t interval) { return interval > 0 && step % interval == 0; }

// `train_sequences` > 0.
inline RunLength ComputeRunLength(const Hyperparameters& hyperparameters, int64_t train_sequences) {
  const int64_t per_step = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  RunLength run;
  run.steps_per_epoch = (train_sequences + per_step - 1) / per_step;
  run.total_steps =
      hyperparameters.max_steps > 0
          ? hyperparameters.max_steps
          : std::max<int64_t>(
                1, static_cast<int64_t>(std::ceil(hyperparameters.num_train_epochs *
                                                  static_cast<double>(run.steps_per_epoch))));
  run.warmup_steps = hyperparameters.warmup_steps > 0
                         ? hyperparameters.warmup_steps
                         : static_cast<int64_t>(std::ceil(hyperparameters.warmup_ratio *
                                                          static_cast<double>(run.total_steps)));
  return run;
}

// Linear warm-up to the peak, then from the peak as lr_scheduler_type says; linear and cosine would
// reach zero one step after the last. Unlike in transformers' schedules, no step has a rate of
// zero.
inline double LearningRate(const Hyperparameters& hyperparameters, const RunLength& run,
                           int64_t step) {
  const double peak = hyperparameters.learning_rate;
  if (step <= run.warmup_steps) {
    return peak * static_cast<double>(step) / static_cast<double>(run.warmup_steps);
  }
  const int64_t decay_steps = std::max<int64_t>(1, run.total_steps - run.warmup_steps);
  const double left =
      static_cast<double>(run.total_steps - step + 1) / static_cast<double>(decay_steps);
  switch (hyperparameters.lr_scheduler_type) {
    case LrSchedulerType::kLinear:
      return peak * left;
    case LrSchedulerType::kCosine:
      return peak * (1 - std::cos(std::numbers::pi * left)) / 2;
    case LrSchedulerType::kConstant:
      return peak;
  }
  return peak;
}

// disc_weight, after its own warm-up.
inline double DiscriminatorWeight(const Hyperparameters& hyperparameters, int64_t step) {
  const int64_t warmup = hyperparameters.disc_weight_warmup_steps;
  const double share =
      step < warmup ? static_cast<double>(step) / static_cast<double>(warmup) : 1.0;
  return share * hyperparameters.disc_weight;
}

}  // namespace electra

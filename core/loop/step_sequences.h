// Which sequences each optimizer step reads.
//
// A function of (seed, step): a resumed run reads what the undisturbed one would have. Not
// thread-safe; borrows all that it is made of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/batch/batch.h"
#include "core/settings/hyperparameters.h"
#include "core/settings/schedule.h"

namespace electra {

class StepSequences {
 public:
  StepSequences(const std::vector<uint64_t>& train, const Hyperparameters& hyperparameters,
                const RunLength& run)
      : train_(train), hyperparameters_(hyperparameters), run_(run) {}

  // In micro-batches; the last step of an epoch may hold fewer than the others. Valid until the
  // next call.
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

}  // namespace electra

// Which sequences each optimizer step reads.
//
// A function of (seed, step): a resumed run reads what the undisturbed one would have. Not
// thread-safe; borrows all that it is made of but the mixed order, which it copies.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/batch/batch.h"
#include "core/batch/mixed_order.h"
#include "core/settings/hyperparameters.h"
#include "core/settings/schedule.h"

namespace electra {

class StepSequences {
 public:
  // `mixed` instead of the order of epochs, where there is one.
  StepSequences(const std::vector<uint64_t>& train, const std::optional<MixedOrder>& mixed,
                const Hyperparameters& hyperparameters, const RunLength& run)
      : train_(train), mixed_(mixed), hyperparameters_(hyperparameters), run_(run) {}

  // In micro-batches; the last step of an epoch may hold fewer than the others, where nothing is
  // mixed. Valid until the next call.
  std::vector<std::span<const uint64_t>> Of(int64_t step) {
    const auto batch = static_cast<size_t>(hyperparameters_.batch_size);
    const size_t per_step =
        batch * static_cast<size_t>(hyperparameters_.gradient_accumulation_steps);
    if (mixed_) {
      order_ = mixed_->Read(static_cast<uint64_t>(step - 1) * per_step, per_step);
      return MicroBatches(0, per_step, batch);
    }
    const int64_t epoch = run_.EpochOf(step);
    if (epoch != ordered_epoch_) {
      order_ = EpochOrder(train_, static_cast<uint64_t>(hyperparameters_.seed),
                          static_cast<uint64_t>(epoch));
      ordered_epoch_ = epoch;
    }
    const size_t begin = static_cast<size_t>((step - 1) % run_.steps_per_epoch) * per_step;
    return MicroBatches(begin, std::min(order_.size(), begin + per_step), batch);
  }

 private:
  std::vector<std::span<const uint64_t>> MicroBatches(size_t begin, size_t end,
                                                      size_t batch) const {
    std::vector<std::span<const uint64_t>> micro_batches;
    for (size_t i = begin; i < end; i += batch) {
      micro_batches.push_back(std::span(order_).subspan(i, std::min(batch, end - i)));
    }
    return micro_batches;
  }

  const std::vector<uint64_t>& train_;
  std::optional<MixedOrder> mixed_;
  const Hyperparameters& hyperparameters_;
  const RunLength& run_;
  std::vector<uint64_t> order_;
  int64_t ordered_epoch_ = -1;
};

}  // namespace electra

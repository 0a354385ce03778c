// Loss scaling for float16, whose small gradients would vanish: the loss is multiplied before the
// backward pass, the gradients are divided after it. Private to core: includes libtorch.
#pragma once

#include <ATen/ATen.h>

#include <optional>

#include "core/session/session.h"

namespace electra {

// Doubles after this many good steps, halves after a step whose gradients overflow. All of it lives
// on the device, so that no step waits to learn how it went.
class LossScale {
 public:
  // Without scaling `factor` stays undefined.
  LossScale() = default;
  explicit LossScale(const at::Device& device)
      : factor_(at::full({}, 65536.0, at::TensorOptions().device(device).dtype(at::kFloat))),
        good_steps_(at::zeros({}, at::TensorOptions().device(device).dtype(at::kInt))) {}

  // Scalar float32, or undefined.
  const at::Tensor& factor() const { return factor_; }

  // Scalar int, or undefined: steps since the factor last changed.
  const at::Tensor& good_steps() const { return good_steps_; }

  // The state for a checkpoint; nothing without scaling. // sync
  std::optional<LossScaleState> state() const {
    if (!factor_.defined()) return std::nullopt;
    return LossScaleState{.factor = factor_.item<float>(), .good_steps = good_steps_.item<int>()};
  }
  // Ignores the state without scaling: the precision has changed.
  void Restore(const LossScaleState& state) {
    if (!factor_.defined()) return;
    factor_.fill_(state.factor);
    good_steps_.fill_(state.good_steps);
  }

  // `overflow` is a scalar float32 on the device: 1 where the step was not taken.
  void Update(const at::Tensor& overflow) {
    if (!factor_.defined()) return;
    constexpr double kGrowth = 2.0;
    constexpr double kBackoff = 0.5;
    constexpr int64_t kGrowthInterval = 2000;
    at::_amp_update_scale_(factor_, good_steps_, overflow, kGrowth, kBackoff, kGrowthInterval);
  }

 private:
  at::Tensor factor_;
  at::Tensor good_steps_;
};

}  // namespace electra

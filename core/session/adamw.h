// AdamW (Loshchilov and Hutter 2019) with a fused update: our own on a processor, elsewhere
// libtorch's. Private to core.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <vector>

#include "core/session/parameter_treatment.h"
#include "core/settings/hyperparameters.h"

namespace electra {

class AdamW {
 public:
  // `treatment` is not frozen.
  void AddParameter(const at::Tensor& parameter, const ParameterTreatment& treatment);

  // The gradients' joint norm, a scalar on the device.
  at::Tensor GradientNorm() const;

  // The next update scales the gradients down to `max_norm` as it reads them. `norm` is theirs, as
  // a tensor on the device: nothing here waits for it. They belong to a loss that was multiplied by
  // `loss_scale`, if that is defined. Returns the norm of the unscaled loss's gradients.
  at::Tensor ClipGradients(const at::Tensor& norm, double max_norm,
                           const at::Tensor& loss_scale = {});

  // One update of all parameters that have a gradient; frees the gradients. Where `skip` (a scalar
  // float32 on the device) is 1, it only frees: parameters, moments and the count of steps stay.
  void Step(const Hyperparameters& hyperparameters, double learning_rate, const at::Tensor& skip);

  // Moments of the parameter; it must have been added.
  const at::Tensor& FirstMoment(const at::Tensor& parameter) const;
  const at::Tensor& SecondMoment(const at::Tensor& parameter) const;
  void SetStepCount(int64_t steps);

 private:
  // Parameters that are treated alike, as parallel lists: libtorch's fused call takes lists.
  struct Group {
    ParameterTreatment treatment;
    std::vector<at::Tensor> parameters;
    std::vector<at::Tensor> first_moments;
    std::vector<at::Tensor> second_moments;
    std::vector<at::Tensor> steps;  // scalars, float32
  };

  void StepOnCpu(const Hyperparameters& hyperparameters, double learning_rate, bool skip);
  Group& GroupOf(const ParameterTreatment& treatment);
  template <typename Member>
  const at::Tensor& Find(const at::Tensor& parameter, Member member) const;

  std::vector<Group> groups_;
  bool has_kernel_ = true;  // for all parameters
  at::Tensor divisor_;      // of the gradients in the next update, scalar float32
};

}  // namespace electra

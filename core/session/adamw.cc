#include "core/session/adamw.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/model/cpu/adamw_update.h"
#include "core/model/float_on_cpu.h"

namespace electra {
namespace {

// Whether the kernel for processors updates the tensor. libtorch's costs a call for each of some
// hundred parameters, and a single thread for the gradients' norm.
bool HasKernel(const at::Tensor& tensor) { return IsFloatOnCpu(tensor) && tensor.is_contiguous(); }

}  // namespace

AdamW::Group& AdamW::GroupOf(const ParameterTreatment& treatment) {
  for (Group& group : groups_) {
    if (group.treatment == treatment) return group;
  }
  groups_.push_back({.treatment = treatment,
                     .parameters = {},
                     .first_moments = {},
                     .second_moments = {},
                     .steps = {}});
  return groups_.back();
}

void AdamW::AddParameter(const at::Tensor& parameter, const ParameterTreatment& treatment) {
  has_kernel_ = has_kernel_ && HasKernel(parameter);
  Group& group = GroupOf(treatment);
  group.parameters.push_back(parameter);
  group.first_moments.push_back(at::zeros_like(parameter.detach()));
  group.second_moments.push_back(at::zeros_like(parameter.detach()));
  group.steps.push_back(at::zeros({}, parameter.options().requires_grad(false)));
}

at::Tensor AdamW::GradientNorm() const {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const Group& group : groups_) {
    for (const at::Tensor& parameter : group.parameters) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
  }
  if (std::all_of(gradients.begin(), gradients.end(), HasKernel)) {
    std::vector<cpu::ConstFloats> arrays;
    arrays.reserve(gradients.size());
    for (const at::Tensor& gradient : gradients) {
      arrays.push_back({gradient.const_data_ptr<float>(), gradient.numel()});
    }
    const double squares = cpu::SumOfSquares(at::get_num_threads(), arrays);
    return at::scalar_tensor(std::sqrt(squares), at::kFloat);
  }
  return at::stack(at::_foreach_norm(gradients)).norm();
}

at::Tensor AdamW::ClipGradients(const at::Tensor& gradient_norm, double max_norm,
                                const at::Tensor& loss_scale) {
  const c10::NoGradGuard no_grad;
  at::Tensor norm = loss_scale.defined() ? gradient_norm / loss_scale : gradient_norm;
  divisor_ = ((norm + 1e-6) / max_norm).clamp_min(1.0);
  if (loss_scale.defined()) divisor_ = divisor_ * loss_scale;
  return norm;
}

void AdamW::StepOnCpu(const Hyperparameters& hyperparameters, double learning_rate, bool skip) {
  std::vector<at::Tensor> gradients;  // kept while they are read
  std::vector<cpu::AdamWParameter> parameters;
  for (Group& group : groups_) {
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      at::Tensor& gradient = group.parameters[i].mutable_grad();
      if (!gradient.defined()) continue;
      gradients.push_back(gradient.to(at::kFloat).contiguous());
      gradient.reset();
      if (skip) continue;
      parameters.push_back(
          {.count = group.parameters[i].numel(),
           .values = group.parameters[i].mutable_data_ptr<float>(),
           .gradient = gradients.back().const_data_ptr<float>(),
           .first_moment = group.first_moments[i].mutable_data_ptr<float>(),
           .second_moment = group.second_moments[i].mutable_data_ptr<float>(),
           .learning_rate = learning_rate * group.treatment.learning_rate_scale,
           .weight_decay = group.treatment.decays ? hyperparameters.weight_decay : 0.0,
           .steps = static_cast<int64_t>(++*group.steps[i].mutable_data_ptr<float>())});
    }
  }
  cpu::UpdateWithAdamW(at::get_num_threads(),
                       {.beta1 = hyperparameters.adam_beta1,
                        .beta2 = hyperparameters.adam_beta2,
                        .epsilon = hyperparameters.adam_epsilon,
                        .gradient_divisor = divisor_.defined() ? divisor_.item<double>() : 1.0},
                       parameters);
}

void AdamW::Step(const Hyperparameters& hyperparameters, double learning_rate,
                 const at::Tensor& skip) {
  const c10::NoGradGuard no_grad;
  if (has_kernel_) {
    return StepOnCpu(hyperparameters, learning_rate, skip.item<float>() != 0);
  }
  const at::Tensor counted = 1 - skip;
  for (Group& group : groups_) {
    Group updated{.treatment = group.treatment,
                  .parameters = {},
                  .first_moments = {},
                  .second_moments = {},
                  .steps = {}};
    std::vector<at::Tensor> gradients;
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      at::Tensor& gradient = group.parameters[i].mutable_grad();
      if (!gradient.defined()) continue;
      gradients.push_back(std::exchange(gradient, at::Tensor()));
      updated.parameters.push_back(group.parameters[i]);
      updated.first_moments.push_back(group.first_moments[i]);
      updated.second_moments.push_back(group.second_moments[i]);
      updated.steps.push_back(group.steps[i]);
    }
    if (gradients.empty()) continue;
    at::_foreach_add_(updated.steps, counted);
    at::_fused_adamw_(updated.parameters, gradients, updated.first_moments, updated.second_moments,
                      /*max_exp_avg_sqs=*/{}, updated.steps,
                      learning_rate * group.treatment.learning_rate_scale,
                      hyperparameters.adam_beta1, hyperparameters.adam_beta2,
                      group.treatment.decays ? hyperparameters.weight_decay : 0.0,
                      hyperparameters.adam_epsilon, /*amsgrad=*/false, /*maximize=*/false,
                      /*grad_scale=*/divisor_.to(at::kFloat), /*found_inf=*/skip);
  }
}

template <typename Member>
const at::Tensor& AdamW::Find(const at::Tensor& parameter, Member member) const {
  for (const Group& group : groups_) {
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      if (group.parameters[i].is_same(parameter)) return (group.*member)[i];
    }
  }
  TORCH_CHECK(false, "no such parameter in the optimizer");
}

const at::Tensor& AdamW::FirstMoment(const at::Tensor& parameter) const {
  return Find(parameter, &Group::first_moments);
}

const at::Tensor& AdamW::SecondMoment(const at::Tensor& parameter) const {
  return Find(parameter, &Group::second_moments);
}

void AdamW::SetStepCount(int64_t steps) {
  for (Group& group : groups_) {
    for (at::Tensor& step : group.steps) step.fill_(steps);
  }
}

}  // namespace electra

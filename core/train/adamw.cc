#include "core/train/adamw.h"

namespace electra {

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
  return at::stack(at::_foreach_norm(gradients)).norm();
}

at::Tensor AdamW::ClipGradients(const at::Tensor& gradient_norm, double max_norm,
                                const at::Tensor& loss_scale) {
  const c10::NoGradGuard no_grad;
  const at::Tensor norm = loss_scale.defined() ? gradient_norm / loss_scale : gradient_norm;
  divisor_ = ((norm + 1e-6) / max_norm).clamp_min(1.0);
  if (loss_scale.defined()) divisor_ = divisor_ * loss_scale;
  return norm;
}

void AdamW::Step(const Hyperparameters& hyperparameters, double learning_rate,
                 const at::Tensor& skip) {
  const c10::NoGradGuard no_grad;
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
      gradients.push_back(std::move(gradient));
      gradient.reset();
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
                      /*grad_scale=*/divisor_, /*found_inf=*/skip);
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

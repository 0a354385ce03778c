#include "core/session/weight_average.h"

#include <c10/core/GradMode.h>

#include <algorithm>

namespace electra {

void WeightAverage::AddParameter(const at::Tensor& parameter) {
  parameters_.push_back(parameter);
  averages_.push_back(parameter.detach().clone());
}

void WeightAverage::Reset() {
  const c10::NoGradGuard no_grad;
  for (size_t i = 0; i < parameters_.size(); ++i) averages_[i].copy_(parameters_[i]);
}

void WeightAverage::Update(double decay, int64_t step, const at::Tensor& skip) {
  const c10::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const at::Tensor weight = (1 - std::min(decay, (1 + t) / (10 + t))) * (1 - skip);
  for (size_t i = 0; i < parameters_.size(); ++i) averages_[i].lerp_(parameters_[i], weight);
}

void WeightAverage::Swap() const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor trained = parameters_[i].variable_data();
    parameters_[i].set_data(averages_[i]);
    averages_[i] = trained;
  }
}

}  // namespace electra

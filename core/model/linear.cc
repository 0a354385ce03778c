#include "core/model/linear.h"

#include <c10/core/GradMode.h>

#include "core/model/float_on_cpu.h"
#include "core/model/layer_by_libtorch.h"
#include "core/model/products.h"

namespace electra {

at::Tensor Linear::operator()(const at::Tensor& input) const {
  return IsFloatOnCpu(input) ? LinearMap(input, weight, bias) : LinearByLibtorch(*this, input);
}

at::Tensor LayerNorm::operator()(const at::Tensor& input) const {
  return at::layer_norm(input, {weight.size(0)}, weight, bias, eps);
}

at::Tensor WeightCopies::Of(const at::Tensor& weight) {
  if (weight.scalar_type() == type_) return {};
  weights_.push_back(weight);
  return copies_.emplace_back(at::empty_like(weight.detach(), weight.options().dtype(type_)));
}

void WeightCopies::Renew() const {
  const c10::NoGradGuard no_grad;
  if (!copies_.empty()) at::_foreach_copy_(copies_, weights_);
}

}  // namespace electra

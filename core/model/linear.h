// Linear maps and norms, and the copies of their weights in the type that products compute in.
// Private to core: includes libtorch.
//
//   WeightCopies copies(at::kBFloat16);
//   Linear linear{.weight = weight, .bias = bias};
//   linear.weight_copy = copies.Of(weight);
//   linear.bias_copy = copies.Of(bias);
//   ...  // weights change
//   copies.Renew();
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace electra {

struct Linear {
  at::Tensor weight;            // [out, in]
  at::Tensor bias;              // [out]
  at::Tensor weight_copy = {};  // of WeightCopies
  at::Tensor bias_copy = {};

  // The weights to compute with, except in the kernels of core/model/cpu.
  const at::Tensor& used_weight() const { return weight_copy.defined() ? weight_copy : weight; }
  const at::Tensor& used_bias() const { return bias_copy.defined() ? bias_copy : bias; }

  at::Tensor operator()(const at::Tensor& input) const;  // [tokens, in] -> [tokens, out]
};

struct LayerNorm {
  at::Tensor weight;  // [size]
  at::Tensor bias;    // [size]
  double eps = 1e-12;
  at::Tensor weight_copy = {};  // of WeightCopies, where a layer's input is of that type
  at::Tensor bias_copy = {};

  const at::Tensor& used_weight() const { return weight_copy.defined() ? weight_copy : weight; }
  const at::Tensor& used_bias() const { return bias_copy.defined() ? bias_copy : bias; }

  at::Tensor operator()(const at::Tensor& input) const;  // with the weights themselves
};

// Not thread-safe. Copies are stale once a weight has changed, until Renew().
class WeightCopies {
 public:
  explicit WeightCopies(at::ScalarType type) : type_(type) {}

  // The weight's copy, not written yet; undefined where the weight is of the type already.
  at::Tensor Of(const at::Tensor& weight);

  // Writes all copies, in one operation.
  void Renew() const;

 private:
  at::ScalarType type_;
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> copies_;
};

}  // namespace electra

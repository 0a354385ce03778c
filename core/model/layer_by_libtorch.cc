#include "core/model/layer_by_libtorch.h"

#include <c10/core/GradMode.h>

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "core/model/differentiable.h"
#include "core/model/fused_ops.h"
#include "core/model/network.h"

namespace electra {
namespace {

// Gradients of weights on their way to the weights.
class WeightGradients {
 public:
  void Add(const at::Tensor& weight, const at::Tensor& gradient) {
    weights_.push_back(weight);
    gradients_.push_back(gradient);
  }

  // Adds them to the weights' gradients, in the weights' own type.
  void Flush() {
    Widen();
    std::vector<at::Tensor> sums;
    std::vector<at::Tensor> added;
    for (size_t i = 0; i < weights_.size(); ++i) {
      at::Tensor& sum = weights_[i].mutable_grad();
      if (sum.defined()) {
        sums.push_back(sum);
        added.push_back(gradients_[i]);
      } else {
        sum = gradients_[i];
      }
    }
    if (!sums.empty()) at::_foreach_add_(sums, added);
  }

 private:
  void Widen() {
    std::vector<at::Tensor> narrow;
    std::vector<at::Tensor> wide;
    for (size_t i = 0; i < weights_.size(); ++i) {
      at::Tensor& gradient = gradients_[i];
      if (gradient.scalar_type() == weights_[i].scalar_type()) continue;
      narrow.push_back(gradient);
      gradient = at::empty_like(gradient, gradient.options().dtype(weights_[i].scalar_type()));
      wide.push_back(gradient);
    }
    if (!narrow.empty()) at::_foreach_copy_(wide, narrow);
  }

  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> gradients_;
};

at::Tensor MapForward(const Linear& linear, const at::Tensor& input) {
  return at::addmm(linear.used_bias(), input, linear.used_weight().t());
}

// The gradients of weight and bias; a bias is summed in its own type.
void MapBackward(const Linear& linear, const at::Tensor& input, const at::Tensor& gradient,
                 WeightGradients& gradients) {
  if (linear.weight.requires_grad()) gradients.Add(linear.weight, at::mm(gradient.t(), input));
  if (linear.bias.requires_grad()) {
    gradients.Add(linear.bias, gradient.sum(0, /*keepdim=*/false, linear.bias.scalar_type()));
  }
}

// Inputs: input, weight and bias.
class LinearOperation : public Differentiable {
 public:
  explicit LinearOperation(const Linear& linear) : linear_(linear) {}

  Result Forward(const Tensors& inputs) override {
    return {.output = MapForward(linear_, inputs[0]), .saved = {inputs[0]}};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& output_gradient,
                   const Wanted& wanted) override {
    const c10::NoGradGuard no_grad;
    const at::Tensor gradient = output_gradient.contiguous();
    Tensors result(wanted.size());
    if (wanted[0]) result[0] = at::mm(gradient, linear_.used_weight());
    WeightGradients gradients;
    MapBackward(linear_, saved[0], gradient, gradients);
    gradients.Flush();
    return result;
  }

 private:
  const Linear linear_;
};

at::Tensor ActivationGradient(Activation activation, const at::Tensor& gradient,
                              const at::Tensor& input, const at::Tensor& output) {
  switch (activation) {
    case Activation::kGelu:
      return at::gelu_backward(gradient, input);
    case Activation::kGeluNew:
      return at::gelu_backward(gradient, input, "tanh");
    case Activation::kRelu:
      return at::threshold_backward(gradient, output, 0);
    case Activation::kSilu:
      return at::silu_backward(gradient, input);
    case Activation::kTanh:
      return at::tanh_backward(gradient, output);
  }
  TORCH_CHECK(false, "unknown activation");
}

// LayerNorm(residual + dropout(input)), and what its backward pass needs.
struct AddedNorm {
  at::Tensor output;
  at::Tensor mask;  // undefined without dropout
  at::Tensor sum;
  at::Tensor mean;
  at::Tensor inverse_deviation;
};

// Nobody else may need `input`: it becomes the sum.
AddedNorm AddNormForward(const LayerNorm& norm, double dropout, at::Tensor input,
                         const at::Tensor& residual) {
  AddedNorm added;
  if (dropout > 0) {
    std::tie(input, added.mask) = at::native_dropout(input, dropout, /*train=*/true);
  }
  added.sum = input.add_(residual);
  std::tie(added.output, added.mean, added.inverse_deviation) = at::native_layer_norm(
      added.sum, {norm.weight.size(0)}, norm.used_weight(), norm.used_bias(), norm.eps);
  return added;
}

// The gradient of the sum, which is that of the residual, and the input's. They are one tensor
// where there is no dropout.
std::pair<at::Tensor, at::Tensor> AddNormBackward(const LayerNorm& norm, double dropout,
                                                  const AddedNorm& added,
                                                  const at::Tensor& gradient,
                                                  WeightGradients& gradients) {
  const bool trains = norm.weight.requires_grad();
  const auto [sum, weight, bias] = at::native_layer_norm_backward(
      gradient, added.sum, {norm.weight.size(0)}, added.mean, added.inverse_deviation,
      norm.used_weight(), norm.used_bias(), {true, trains, trains});
  if (trains) {
    gradients.Add(norm.weight, weight);
    gradients.Add(norm.bias, bias);
  }
  if (!added.mask.defined()) return {sum, sum};
  return {sum, at::native_dropout_backward(sum, added.mask, 1 / (1 - dropout))};
}

// Inputs: what attention returned, the layer's input, and its parameters.
class AfterAttention : public Differentiable {
 public:
  AfterAttention(const EncoderLayer& layer, Activation activation, double dropout)
      : layer_(layer), activation_(activation), dropout_(dropout) {}

  Result Forward(const Tensors& inputs) override {
    const AddedNorm first = AddNormForward(
        layer_.attention_norm, dropout_, MapForward(layer_.attention_output, inputs[0]), inputs[1]);
    const at::Tensor inner = MapForward(layer_.intermediate, first.output);
    const at::Tensor active = Activate(activation_, inner);
    const AddedNorm second = AddNormForward(layer_.output_norm, dropout_,
                                            MapForward(layer_.output, active), first.output);
    return {.output = second.output,
            .saved = {inputs[0], first.output, first.mask, first.sum, first.mean,
                      first.inverse_deviation, inner, active, second.mask, second.sum, second.mean,
                      second.inverse_deviation}};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& output_gradient,
                   const Wanted& wanted) override {
    const c10::NoGradGuard no_grad;
    const AddedNorm first{.output = saved[1],
                          .mask = saved[2],
                          .sum = saved[3],
                          .mean = saved[4],
                          .inverse_deviation = saved[5]};
    const at::Tensor& inner = saved[6];
    const at::Tensor& active = saved[7];
    const AddedNorm second{.output = {},
                           .mask = saved[8],
                           .sum = saved[9],
                           .mean = saved[10],
                           .inverse_deviation = saved[11]};
    WeightGradients gradients;
    const auto [residual, mapped] = AddNormBackward(layer_.output_norm, dropout_, second,
                                                    output_gradient.contiguous(), gradients);
    MapBackward(layer_.output, active, mapped, gradients);
    const at::Tensor inner_gradient =
        ActivationGradient(activation_, at::mm(mapped, layer_.output.used_weight()), inner, active);
    MapBackward(layer_.intermediate, first.output, inner_gradient, gradients);
    // The feed-forward part's gradient is added to the residual's by the product itself; `mapped`,
    // which may be the same tensor, is not read any more.
    residual.addmm_(inner_gradient, layer_.intermediate.used_weight());
    const auto [hidden, attention] =
        AddNormBackward(layer_.attention_norm, dropout_, first, residual, gradients);
    MapBackward(layer_.attention_output, saved[0], attention, gradients);
    gradients.Flush();
    Tensors result(wanted.size());
    if (wanted[0]) result[0] = at::mm(attention, layer_.attention_output.used_weight());
    if (wanted[1]) result[1] = hidden;
    return result;
  }

 private:
  const EncoderLayer layer_;
  const Activation activation_;
  const double dropout_;
};

}  // namespace

at::Tensor Activate(Activation activation, const at::Tensor& input) {
  switch (activation) {
    case Activation::kGelu:
      return Gelu(input);
    case Activation::kGeluNew:
      return at::gelu(input, "tanh");
    case Activation::kRelu:
      return at::relu(input);
    case Activation::kSilu:
      return at::silu(input);
    case Activation::kTanh:
      return at::tanh(input);
  }
  TORCH_CHECK(false, "unknown activation");
}

at::Tensor LinearByLibtorch(const Linear& linear, const at::Tensor& input) {
  return Apply(std::make_shared<LinearOperation>(linear), {input, linear.weight, linear.bias});
}

at::Tensor AfterAttentionByLibtorch(const EncoderLayer& layer, Activation activation,
                                    double dropout, const at::Tensor& attended,
                                    const at::Tensor& hidden) {
  Tensors inputs = {attended, hidden};
  for (const Linear* linear : {&layer.attention_output, &layer.intermediate, &layer.output}) {
    inputs.push_back(linear->weight);
    inputs.push_back(linear->bias);
  }
  for (const LayerNorm* norm : {&layer.attention_norm, &layer.output_norm}) {
    inputs.push_back(norm->weight);
    inputs.push_back(norm->bias);
  }
  return Apply(std::make_shared<AfterAttention>(layer, activation, dropout), inputs);
}

}  // namespace electra

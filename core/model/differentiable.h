// Operations with a backward pass of their own. Private to core: includes libtorch.
//
//   class SquareOnCpu : public Differentiable {
//     Result Forward(const Tensors& inputs) override {
//       return {.output = inputs[0] * inputs[0], .saved = inputs};
//     }
//     Tensors Backward(const Tensors& saved, const at::Tensor& gradient, const Wanted&) override {
//       return {2 * gradient * saved[0]};
//     }
//   };
//
//   at::Tensor square = Apply(std::make_shared<SquareOnCpu>(), {number});
//
// Does the work of torch::autograd::Function with virtual functions instead of static ones: that
// template takes a quarter of a minute to compile for each operation, here only once.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

namespace electra {

using Tensors = std::vector<at::Tensor>;

// One use of an operation: its members are all that its backward pass needs beyond tensors. Its two
// functions are called at most once each, the second by the thread that computes the backward pass.
class Differentiable {
 public:
  virtual ~Differentiable() = default;

  struct Result {
    at::Tensor output;
    Tensors saved;  // kept until the backward pass, which fails where one was changed meanwhile
  };
  // Whether the gradient is needed, for each input.
  using Wanted = std::vector<bool>;

  // Without gradients.
  virtual Result Forward(const Tensors& inputs) = 0;
  // The gradients of all inputs, undefined where there is none.
  virtual Tensors Backward(const Tensors& saved, const at::Tensor& gradient,
                           const Wanted& wanted) = 0;
};

// The operation's output, which needs a gradient where one of the inputs does. Inputs are defined.
at::Tensor Apply(std::shared_ptr<Differentiable> operation, const Tensors& inputs);

}  // namespace electra

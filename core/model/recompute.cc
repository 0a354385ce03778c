#include "core/model/recompute.h"

#include <c10/core/GradMode.h>

#include <memory>
#include <mutex>
#include <utility>

#include "core/model/differentiable.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

// The state is the host's, for a card's generator too: reading it waits for nothing.
at::Tensor GeneratorState(at::Generator generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void SetGeneratorState(at::Generator generator, const at::Tensor& state) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

// Inputs: the input, and a parameter that makes the result need a gradient.
class Recomputation : public Differentiable {
 public:
  explicit Recomputation(std::function<at::Tensor(const at::Tensor&)> run) : run_(std::move(run)) {}

  Result Forward(const Tensors& inputs) override {
    const at::Tensor& input = inputs[0];
    random_ = GeneratorState(GeneratorOf(input.device()));
    return {.output = run_(input), .saved = {input}};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& gradient, const Wanted&) override {
    const at::Tensor input = saved[0].detach().set_requires_grad(saved[0].requires_grad());
    const at::Generator generator = GeneratorOf(input.device());
    const at::Tensor now = GeneratorState(generator);
    SetGeneratorState(generator, random_);
    at::Tensor output;
    {
      const at::AutoGradMode with_gradients(true);
      output = run_(input);
    }
    SetGeneratorState(generator, now);
    output.backward(gradient);
    return {input.grad(), at::Tensor()};
  }

 private:
  const std::function<at::Tensor(const at::Tensor&)> run_;
  at::Tensor random_;  // the generator's state before the forward pass
};

}  // namespace

at::Tensor Recomputed(const at::Tensor& input, const at::Tensor& parameter,
                      std::function<at::Tensor(const at::Tensor&)> run) {
  return Apply(std::make_shared<Recomputation>(std::move(run)), {input, parameter});
}

}  // namespace electra

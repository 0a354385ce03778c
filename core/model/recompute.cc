#include "core/model/recompute.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <mutex>
#include <utility>

#include "core/model/randomness.h"

namespace electra {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Run : torch::CustomClassHolder {
  explicit Run(std::function<at::Tensor(const at::Tensor&)> call) : function(std::move(call)) {}
  std::function<at::Tensor(const at::Tensor&)> function;
};

// The state is the host's, for a card's generator too: reading it waits for nothing.
at::Tensor GeneratorState(at::Generator generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void SetGeneratorState(at::Generator generator, const at::Tensor& state) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

class RecomputedFunction : public torch::autograd::Function<RecomputedFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& /*parameter*/, const c10::intrusive_ptr<Run>& run) {
    const at::Generator generator = GeneratorOf(input.device());
    context->save_for_backward({input});
    context->saved_data["random"] = GeneratorState(generator);
    context->saved_data["run"] = c10::IValue::make_capsule(run);
    return run->function(input);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor saved = context->get_saved_variables()[0];
    const at::Tensor input = saved.detach().set_requires_grad(saved.requires_grad());
    const at::Generator generator = GeneratorOf(input.device());
    const at::Tensor now = GeneratorState(generator);
    SetGeneratorState(generator, context->saved_data["random"].toTensor());
    const auto run =
        c10::static_intrusive_pointer_cast<Run>(context->saved_data["run"].toCapsule());
    at::Tensor output;
    {
      const at::AutoGradMode with_gradients(true);
      output = run->function(input);
    }
    SetGeneratorState(generator, now);
    torch::autograd::backward({output}, {gradients[0]});
    return {input.grad(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor Recomputed(const at::Tensor& input, const at::Tensor& parameter,
                      std::function<at::Tensor(const at::Tensor&)> run) {
  return RecomputedFunction::apply(input, parameter, c10::make_intrusive<Run>(std::move(run)));
}

}  // namespace electra

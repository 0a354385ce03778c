#include "core/model/differentiable.h"

#include <torch/csrc/autograd/custom_function.h>

#include <utility>

namespace electra {
namespace {

using torch::autograd::AutogradContext;

struct Capsule : torch::CustomClassHolder {
  Capsule(std::shared_ptr<Differentiable> held, size_t count)
      : operation(std::move(held)), inputs(count) {}
  std::shared_ptr<Differentiable> operation;
  size_t inputs;
};

class AnyFunction : public torch::autograd::Function<AnyFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, at::TensorList inputs,
                            const std::shared_ptr<Differentiable>& operation) {
    Differentiable::Result result = operation->Forward(inputs.vec());
    context->save_for_backward(std::move(result.saved));
    context->saved_data["operation"] =
        c10::IValue::make_capsule(c10::make_intrusive<Capsule>(operation, inputs.size()));
    return result.output;
  }

  static Tensors backward(AutogradContext* context, const Tensors& gradients) {
    const auto capsule =
        c10::static_intrusive_pointer_cast<Capsule>(context->saved_data["operation"].toCapsule());
    Differentiable::Wanted wanted(capsule->inputs);
    for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = context->needs_input_grad(i);
    Tensors result =
        capsule->operation->Backward(context->get_saved_variables(), gradients[0], wanted);
    result.emplace_back();  // of the operation itself
    return result;
  }
};

}  // namespace

at::Tensor Apply(std::shared_ptr<Differentiable> operation, const Tensors& inputs) {
  // As a TensorList: in a vector, libtorch sees no tensors that need gradients.
  return AnyFunction::apply(at::TensorList(inputs), operation);
}

}  // namespace electra

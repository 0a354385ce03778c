#include "core/model/products.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/matrix_product.h"
#include "core/model/float_on_cpu.h"

namespace electra {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

bool HasKernel(const at::Tensor& tensor) { return IsFloatOnCpu(tensor) && cpu::HasMatrixProduct(); }

// A matrix or a transposed one; anything else is copied into `kept`.
cpu::MatrixView ViewOf(const at::Tensor& matrix, at::Tensor& kept) {
  const bool has_rows = matrix.stride(0) == 1 || matrix.stride(1) == 1;
  kept = has_rows ? matrix : matrix.contiguous();
  return {.data = kept.const_data_ptr<float>(),
          .row_stride = kept.stride(0),
          .column_stride = kept.stride(1)};
}

enum class Target { kOverwritten, kAddedTo };

void Run(const at::Tensor& result, const at::Tensor& a, const at::Tensor& b, const float* bias,
         Target target) {
  at::Tensor kept_a;
  at::Tensor kept_b;
  const cpu::MatrixProduct product{.rows = result.size(0),
                                   .columns = result.size(1),
                                   .depth = a.size(1),
                                   .a = ViewOf(a, kept_a),
                                   .b = ViewOf(b, kept_b),
                                   .bias = bias,
                                   .result = result.mutable_data_ptr<float>(),
                                   .result_stride = result.stride(0),
                                   .adds = target == Target::kAddedTo};
  constexpr int64_t kWorthAThread = 1 << 19;  // multiplications: some 10 microseconds
  const int64_t work = product.rows * product.columns * product.depth;
  const auto threads = std::min<int64_t>(at::get_num_threads(), work / kWorthAThread + 1);
  cpu::Team::Run(static_cast<int>(threads),
                 [&](cpu::Team& team) { cpu::RunMatrixProducts(team, std::span(&product, 1)); });
}

class LinearMapOnCpu : public Function<LinearMapOnCpu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias) {
    at::Tensor output = at::empty({input.size(0), weight.size(0)}, input.options());
    Run(output, input, weight.t(), bias.const_data_ptr<float>(), Target::kOverwritten);
    context->save_for_backward({input, weight});
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const c10::NoGradGuard no_grad;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor gradient = gradients[0].contiguous();
    variable_list result(3);
    if (context->needs_input_grad(0)) result[0] = Product(gradient, saved[1]);
    if (context->needs_input_grad(1)) result[1] = Product(gradient.t(), saved[0]);
    if (context->needs_input_grad(2)) result[2] = ColumnSums(gradient);
    return result;
  }
};

}  // namespace

at::Tensor LinearMap(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
  return HasKernel(input) ? LinearMapOnCpu::apply(input, weight, bias)
                          : at::linear(input, weight, bias);
}

at::Tensor Product(const at::Tensor& a, const at::Tensor& b) {
  if (!HasKernel(a)) return at::mm(a, b);
  at::Tensor result = at::empty({a.size(0), b.size(1)}, a.options());
  Run(result, a, b, /*bias=*/nullptr, Target::kOverwritten);
  return result;
}

void AddProduct(const at::Tensor& sum, const at::Tensor& a, const at::Tensor& b) {
  if (HasKernel(a)) {
    Run(sum, a, b, /*bias=*/nullptr, Target::kAddedTo);
  } else {
    sum.addmm_(a, b);
  }
}

at::Tensor ColumnSums(const at::Tensor& values) {
  if (!IsFloatOnCpu(values) || !values.is_contiguous()) return values.sum(0);
  const int64_t rows = values.size(0);
  const int64_t columns = values.size(1);
  at::Tensor sums = at::empty({columns}, values.options());
  constexpr int64_t kWorthAThread = 1 << 16;  // elements
  at::parallel_for(0, columns, kWorthAThread / (rows + 1) + 1, [&](int64_t begin, int64_t end) {
    cpu::SumRows(rows, end - begin, columns, values.const_data_ptr<float>() + begin,
                 sums.mutable_data_ptr<float>() + begin);
  });
  return sums;
}

}  // namespace electra

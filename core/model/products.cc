#include "core/model/products.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>

#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/matrix_product.h"
#include "core/model/differentiable.h"
#include "core/model/float_on_cpu.h"

namespace electra {
namespace {

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

// Inputs: input, weight and bias.
class LinearMapOnCpu : public Differentiable {
 public:
  Result Forward(const Tensors& inputs) override {
    const at::Tensor& input = inputs[0];
    const at::Tensor& weight = inputs[1];
    at::Tensor output = at::empty({input.size(0), weight.size(0)}, input.options());
    Run(output, input, weight.t(), inputs[2].const_data_ptr<float>(), Target::kOverwritten);
    return {.output = output, .saved = {input, weight}};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& output_gradient,
                   const Wanted& wanted) override {
    const c10::NoGradGuard no_grad;
    const at::Tensor gradient = output_gradient.contiguous();
    Tensors result(3);
    if (wanted[0]) result[0] = Product(gradient, saved[1]);
    if (wanted[1]) result[1] = Product(gradient.t(), saved[0]);
    if (wanted[2]) result[2] = ColumnSums(gradient);
    return result;
  }
};

}  // namespace

at::Tensor LinearMap(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
  return Apply(std::make_shared<LinearMapOnCpu>(), {input, weight, bias});
}

at::Tensor Product(const at::Tensor& a, const at::Tensor& b) {
  if (!IsFloatOnCpu(a)) return at::mm(a, b);
  at::Tensor result = at::empty({a.size(0), b.size(1)}, a.options());
  Run(result, a, b, /*bias=*/nullptr, Target::kOverwritten);
  return result;
}

void AddProduct(const at::Tensor& sum, const at::Tensor& a, const at::Tensor& b) {
  if (IsFloatOnCpu(a)) {
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

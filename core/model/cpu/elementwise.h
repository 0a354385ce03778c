// Passes over rows of activations, float32, that libtorch would make several of. The caller splits
// rows over threads.
#pragma once

#include <cstdint>
#include <span>

#include "core/model/cpu/dropout.h"

namespace electra::cpu {

// output = gelu(input) with the exact gelu (erf, within 2e-7); its derivative takes input's place.
// `rows` rows of `columns` lie `stride` floats apart.
void GeluForward(int64_t rows, int64_t columns, int64_t stride, float* input_then_derivative,
                 float* output);

// values *= factors, laid out in the same way.
void MultiplyRows(int64_t rows, int64_t columns, int64_t stride, const float* factors,
                  float* values);

struct Norm {
  int64_t columns;
  const float* weight;
  const float* bias;
  double eps;
  Dropout dropout;                       // of `input`
  std::span<const int64_t> places = {};  // [rows], by which dropout is keyed; empty: their indices

  int64_t PlaceOf(int64_t row) const {
    return places.empty() ? row : places[static_cast<size_t>(row)];
  }
};

// Rows [first_row, last_row): sum = residual + dropout(input), which takes input's place, and
// output = LayerNorm(sum). `mean` and `scale` (1 / standard deviation) have an element a row.
void AddNormForward(const Norm& norm, int64_t first_row, int64_t last_row, float* input_then_sum,
                    const float* residual, float* output, float* mean, float* scale);

// Rows whose gradients of weight and bias are summed by themselves, whoever computes them: the sum
// does not depend on the number of threads.
inline constexpr int64_t kNormBlock = 32;
inline int64_t NormBlocks(int64_t rows) { return (rows + kNormBlock - 1) / kNormBlock; }

// The gradients of residual and input; adds those of weight and bias, [columns] each, to
// `weight_gradient` and `bias_gradient`.
void AddNormBackward(const Norm& norm, int64_t first_row, int64_t last_row, const float* sum,
                     const float* mean, const float* scale, const float* output_gradient,
                     float* residual_gradient, float* input_gradient, float* weight_gradient,
                     float* bias_gradient);

// output = dropout(input), a row of [rows, columns] at `place`, by which dropout is keyed. The two
// may be the same.
void DropRow(const Dropout& dropout, int64_t place, int64_t columns, const float* input,
             float* output);

// sum = a + b, of which `sum` may be one.
void AddRow(int64_t columns, const float* a, const float* b, float* sum);

// sums[columns] = the sum of `rows` rows that lie `stride` floats apart, in their order.
void SumRows(int64_t rows, int64_t columns, int64_t stride, const float* values, float* sums);

}  // namespace electra::cpu

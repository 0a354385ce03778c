#include "core/model/cpu/elementwise.h"

#include <algorithm>
#include <cmath>

#include "core/model/cpu/simd.h"

namespace electra::cpu {
namespace {

struct RowDropout {
  ELECTRA_INLINE RowDropout(const Dropout& dropout, int64_t row)
      : key(Mix(static_cast<uint32_t>(row), static_cast<uint32_t>(dropout.key)) ^
            static_cast<uint32_t>(dropout.key >> 32)),
        threshold(dropout.threshold()),
        scale(dropout.scale()) {}
  ELECTRA_INLINE float Factor(int64_t column) const {
    return Mix(static_cast<uint32_t>(column), key) <= threshold ? scale : 0.0f;
  }
  uint32_t key;
  uint32_t threshold;
  float scale;
};

ELECTRA_INLINE void Gelu(int64_t count, float* input_then_derivative, float* output) {
  constexpr float kInverseRoot2 = 0.70710678118654752f;
  constexpr float kInverseRoot2Pi = 0.39894228040143268f;
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) {
    const float x = input_then_derivative[i];
    // erf(z) = 1 - polynomial(t) e^(-z^2), t = 1 / (1 + p z), z = |x| / sqrt 2 (Abramowitz and
    // Stegun 7.1.26). The same exponential is the density that the derivative needs.
    const float exponential = Exp(-0.5f * x * x);
    const float t = 1.0f / (1.0f + 0.3275911f * kInverseRoot2 * std::fabs(x));
    float polynomial = 1.061405429f;
    polynomial = polynomial * t - 1.453152027f;
    polynomial = polynomial * t + 1.421413741f;
    polynomial = polynomial * t - 0.284496736f;
    polynomial = polynomial * t + 0.254829592f;
    const float tail = 0.5f * polynomial * t * exponential;  // P(X > |x|), X normal
    const float cumulative = x < 0 ? tail : 1.0f - tail;     // P(X < x)
    output[i] = x * cumulative;
    input_then_derivative[i] = cumulative + x * kInverseRoot2Pi * exponential;
  }
}

}  // namespace

ELECTRA_VECTORIZED void GeluForward(int64_t count, float* input_then_derivative, float* output) {
  Gelu(count, input_then_derivative, output);
}

ELECTRA_VECTORIZED void GeluForward(int64_t rows, int64_t columns, int64_t stride,
                                    float* input_then_derivative, float* output) {
  for (int64_t row = 0; row < rows; ++row) {
    Gelu(columns, input_then_derivative + row * stride, output + row * stride);
  }
}

ELECTRA_VECTORIZED void MultiplyRows(int64_t rows, int64_t columns, int64_t stride,
                                     const float* factors, float* values) {
  for (int64_t row = 0; row < rows; ++row, factors += stride, values += stride) {
#pragma omp simd
    for (int64_t i = 0; i < columns; ++i) values[i] *= factors[i];
  }
}

ELECTRA_VECTORIZED void AddNormForward(const Norm& norm, int64_t first_row, int64_t last_row,
                                       float* input_then_sum, const float* residual, float* output,
                                       float* mean, float* scale) {
  const int64_t columns = norm.columns;
  for (int64_t row = first_row; row < last_row; ++row) {
    float* sum = input_then_sum + row * columns;
    const float* added = residual + row * columns;
    float total = 0;
    if (norm.dropout.probability > 0) {
      const RowDropout dropout(norm.dropout, norm.PlaceOf(row));
#pragma omp simd reduction(+ : total)
      for (int64_t i = 0; i < columns; ++i) {
        sum[i] = added[i] + sum[i] * dropout.Factor(i);
        total += sum[i];
      }
    } else {
#pragma omp simd reduction(+ : total)
      for (int64_t i = 0; i < columns; ++i) {
        sum[i] += added[i];
        total += sum[i];
      }
    }
    const float center = total / static_cast<float>(columns);
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < columns; ++i) squares += (sum[i] - center) * (sum[i] - center);
    const double variance = static_cast<double>(squares) / static_cast<double>(columns);
    const auto factor = static_cast<float>(1.0 / std::sqrt(variance + norm.eps));
    float* out = output + row * columns;
#pragma omp simd
    for (int64_t i = 0; i < columns; ++i) {
      out[i] = (sum[i] - center) * factor * norm.weight[i] + norm.bias[i];
    }
    mean[row] = center;
    scale[row] = factor;
  }
}

ELECTRA_VECTORIZED void AddNormBackward(const Norm& norm, int64_t first_row, int64_t last_row,
                                        const float* sum, const float* mean, const float* scale,
                                        const float* output_gradient, float* residual_gradient,
                                        float* input_gradient, float* weight_gradient,
                                        float* bias_gradient) {
  const int64_t columns = norm.columns;
  for (int64_t row = first_row; row < last_row; ++row) {
    const float* z = sum + row * columns;
    const float* dy = output_gradient + row * columns;
    const float center = mean[row];
    const float factor = scale[row];
    float total = 0;       // of dy * weight
    float correlated = 0;  // of dy * weight * normalized
#pragma omp simd reduction(+ : total, correlated)
    for (int64_t i = 0; i < columns; ++i) {
      const float normalized = (z[i] - center) * factor;
      const float weighted = dy[i] * norm.weight[i];
      total += weighted;
      correlated += weighted * normalized;
      weight_gradient[i] += dy[i] * normalized;
      bias_gradient[i] += dy[i];
    }
    total /= static_cast<float>(columns);
    correlated /= static_cast<float>(columns);
    const bool drops = norm.dropout.probability > 0;
    const RowDropout dropout(norm.dropout, norm.PlaceOf(row));
    float* dr = residual_gradient + row * columns;
    float* dx = input_gradient + row * columns;
#pragma omp simd
    for (int64_t i = 0; i < columns; ++i) {
      const float normalized = (z[i] - center) * factor;
      const float gradient = factor * (dy[i] * norm.weight[i] - total - normalized * correlated);
      dr[i] = gradient;
      dx[i] = drops ? gradient * dropout.Factor(i) : gradient;
    }
  }
}

ELECTRA_VECTORIZED void DropRow(const Dropout& dropout, int64_t place, int64_t columns,
                                const float* input, float* output) {
  const RowDropout row(dropout, place);
#pragma omp simd
  for (int64_t i = 0; i < columns; ++i) output[i] = input[i] * row.Factor(i);
}

ELECTRA_VECTORIZED void SumRows(int64_t rows, int64_t columns, int64_t stride, const float* values,
                                float* sums) {
  constexpr int64_t kBlock = 64;  // columns whose sums stay in registers
  for (int64_t first = 0; first < columns; first += kBlock) {
    const float* row = values + first;
    float block[kBlock] = {};
    if (columns - first >= kBlock) {
      for (int64_t i = 0; i < rows; ++i, row += stride) {
#pragma omp simd
        for (int64_t j = 0; j < kBlock; ++j) block[j] += row[j];
      }
    } else {
      for (int64_t i = 0; i < rows; ++i, row += stride) {
        for (int64_t j = 0; j < columns - first; ++j) block[j] += row[j];
      }
    }
    std::copy_n(block, std::min(kBlock, columns - first), sums + first);
  }
}

}  // namespace electra::cpu

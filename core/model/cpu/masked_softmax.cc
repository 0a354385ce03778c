#include "core/model/cpu/masked_softmax.h"

#include <algorithm>
#include <cmath>

#include "core/model/cpu/simd.h"

namespace electra::cpu {
namespace {

// Columns whose weights are summed in float32; the sums of blocks are added in float64.
constexpr int64_t kBlock = 256;

// Sum over a block of e^((logit - largest) * inverse_temperature).
ELECTRA_INLINE float BlockSum(const float* logits, int64_t count, float largest,
                              float inverse_temperature) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += Exp((logits[i] - largest) * inverse_temperature);
  return sum;
}

// The first column at which the running sum of the weights exceeds `uniform` of the whole.
ELECTRA_INLINE int64_t Sample(const SoftmaxRow& row, const float* logits, float largest) {
  const auto inverse = static_cast<float>(1.0 / row.temperature);
  double total = 0;
  for (int64_t i = 0; i < row.columns; i += kBlock) {
    total += static_cast<double>(
        BlockSum(logits + i, std::min(kBlock, row.columns - i), largest, inverse));
  }
  double left = row.uniform * total;
  for (int64_t i = 0; i < row.columns; i += kBlock) {
    const int64_t count = std::min(kBlock, row.columns - i);
    const auto sum = static_cast<double>(BlockSum(logits + i, count, largest, inverse));
    if (left >= sum) {
      left -= sum;
      continue;
    }
    for (int64_t j = i; j < i + count; ++j) {
      left -= static_cast<double>(Exp((logits[j] - largest) * inverse));
      if (left < 0) return j;
    }
  }
  return row.label;  // only where rounding, or a weight that is no number, left something over
}

}  // namespace

ELECTRA_VECTORIZED SoftmaxResult SoftmaxCrossEntropy(const SoftmaxRow& row,
                                                     float* logits_then_gradient) {
  float* values = logits_then_gradient;
  float largest = values[0];
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < row.columns; ++i) largest = values[i] > largest ? values[i] : largest;
  const float label_logit = values[row.label];
  SoftmaxResult result{
      .loss = 0, .sampled = Sample(row, values, largest), .correct = label_logit == largest};
  double total = 0;
  for (int64_t i = 0; i < row.columns; i += kBlock) {
    const int64_t end = std::min(i + kBlock, row.columns);
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = i; j < end; ++j) {
      values[j] = Exp(values[j] - largest);
      sum += values[j];
    }
    total += static_cast<double>(sum);
  }
  result.loss = std::log(total) + static_cast<double>(largest) - static_cast<double>(label_logit);
  if (row.wants_gradient) {
    const auto factor = static_cast<float>(static_cast<double>(row.gradient_scale) / total);
#pragma omp simd
    for (int64_t i = 0; i < row.columns; ++i) values[i] *= factor;
    values[row.label] -= row.gradient_scale;
  }
  return result;
}

}  // namespace electra::cpu

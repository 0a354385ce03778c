#include "core/model/cpu/masked_softmax.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/model/cpu/masked_softmax.cc"
#include <hwy/foreach_target.h>  // includes this file once for each instruction set

#include "core/model/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

// Columns whose weights are summed in float32; the sums of blocks are added in float64.
constexpr int64_t kColumnsOfBlock = 256;

inline float LargestOf(const float* values, int64_t count) {
  const FloatTag d;
  Floats largest = hn::Set(d, values[0]);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) largest = Larger(largest, hn::LoadU(d, values + i));
  float result = hn::GetLane(hn::MaxOfLanes(d, largest));
  for (; i < count; ++i) result = values[i] > result ? values[i] : result;
  return result;
}

// weights = e^((logit - largest) * inverse_temperature); returns their sum. The two arrays may be
// the same.
inline float WeightsOf(const float* logits, int64_t count, float largest, float inverse_temperature,
                       float* weights) {
  const FloatTag d;
  const Floats most = hn::Set(d, largest);
  const Floats inverse = hn::Set(d, inverse_temperature);
  Floats sum = hn::Zero(d);
  ForEachVector(count, [&](int64_t i, auto lanes) HWY_ATTR {
    const Floats weight = Exp(hn::Mul(hn::Sub(lanes.Load(logits + i), most), inverse));
    lanes.Store(weight, weights + i);
    sum = hn::Add(sum, lanes.Keep(weight));
  });
  return SumOf(sum);
}

// The first column at which the running sum of the weights exceeds `uniform` of the whole.
inline int64_t Sample(const SoftmaxRow& row, const float* logits, float largest) {
  alignas(64) float weights[kColumnsOfBlock];
  const auto inverse = static_cast<float>(1.0 / row.temperature);
  const auto weigh = [&](int64_t first) {
    const int64_t count = std::min(kColumnsOfBlock, row.columns - first);
    return static_cast<double>(WeightsOf(logits + first, count, largest, inverse, weights));
  };
  double total = 0;
  for (int64_t i = 0; i < row.columns; i += kColumnsOfBlock) total += weigh(i);
  double left = row.uniform * total;
  for (int64_t i = 0; i < row.columns; i += kColumnsOfBlock) {
    const double sum = weigh(i);
    if (left >= sum) {
      left -= sum;
      continue;
    }
    const int64_t end = std::min(i + kColumnsOfBlock, row.columns);
    for (int64_t j = i; j < end; ++j) {
      left -= static_cast<double>(weights[j - i]);
      if (left < 0) return j;
    }
  }
  return row.label;  // only where rounding, or a weight that is not a number, left something over
}

SoftmaxResult SoftmaxCrossEntropy(const SoftmaxRow& row, float* logits_then_gradient) {
  float* values = logits_then_gradient;
  const float largest = LargestOf(values, row.columns);
  const float label_logit = values[row.label];
  SoftmaxResult result{
      .loss = 0, .sampled = Sample(row, values, largest), .correct = label_logit == largest};
  double total = 0;
  for (int64_t i = 0; i < row.columns; i += kColumnsOfBlock) {
    const int64_t count = std::min(kColumnsOfBlock, row.columns - i);
    constexpr float kNoTemperature = 1;
    total += static_cast<double>(WeightsOf(values + i, count, largest, kNoTemperature, values + i));
  }
  result.loss = std::log(total) + static_cast<double>(largest) - static_cast<double>(label_logit);
  if (row.wants_gradient) {
    const auto factor = static_cast<float>(static_cast<double>(row.gradient_scale) / total);
    const Floats factors = hn::Set(FloatTag(), factor);
    ForEachVector(row.columns, [=](int64_t i, auto lanes) HWY_ATTR {
      lanes.Store(hn::Mul(lanes.Load(values + i), factors), values + i);
    });
    values[row.label] -= row.gradient_scale;
  }
  return result;
}

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace electra::cpu {

HWY_EXPORT(SoftmaxCrossEntropy);
SoftmaxResult SoftmaxCrossEntropy(const SoftmaxRow& row, float* logits_then_gradient) {
  return HWY_DYNAMIC_DISPATCH(SoftmaxCrossEntropy)(row, logits_then_gradient);
}

}  // namespace electra::cpu
#endif

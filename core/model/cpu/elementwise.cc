#include "core/model/cpu/elementwise.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/model/cpu/elementwise.cc"
#include <hwy/foreach_target.h>  // includes this file once for each instruction set

#include "core/model/cpu/dropout-inl.h"
#include "core/model/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

struct GeluResult {
  Floats value;
  Floats derivative;
};

// erf(z) = 1 - polynomial(t) e^(-z^2), t = 1 / (1 + p z), z = |x| / sqrt 2 (Abramowitz and Stegun
// 7.1.26). The same exponential is the density that the derivative needs.
HWY_INLINE GeluResult Gelu(Floats x) {
  constexpr float kInverseRoot2 = 0.70710678118654752f;
  constexpr float kInverseRoot2Pi = 0.39894228040143268f;
  const FloatTag d;
  const Floats one = hn::Set(d, 1.0f);
  const Floats exponential = Exp(hn::Mul(hn::Mul(hn::Set(d, -0.5f), x), x));
  const Floats t =
      hn::Div(one, hn::MulAdd(hn::Set(d, 0.3275911f * kInverseRoot2), hn::Abs(x), one));
  Floats polynomial = hn::Set(d, 1.061405429f);
  polynomial = hn::MulAdd(polynomial, t, hn::Set(d, -1.453152027f));
  polynomial = hn::MulAdd(polynomial, t, hn::Set(d, 1.421413741f));
  polynomial = hn::MulAdd(polynomial, t, hn::Set(d, -0.284496736f));
  polynomial = hn::MulAdd(polynomial, t, hn::Set(d, 0.254829592f));
  const Floats half = hn::Mul(hn::Set(d, 0.5f), polynomial);
  const Floats tail = hn::Mul(hn::Mul(half, t), exponential);  // P(X > |x|), X normal
  const Floats cumulative =                                    // P(X < x)
      hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail));
  const Floats density = hn::Mul(hn::Set(d, kInverseRoot2Pi), exponential);
  return {.value = hn::Mul(x, cumulative), .derivative = hn::MulAdd(x, density, cumulative)};
}

void GeluForward(int64_t rows, int64_t columns, int64_t stride, float* input_then_derivative,
                 float* output) {
  for (int64_t row = 0; row < rows; ++row) {
    float* in = input_then_derivative + row * stride;
    float* out = output + row * stride;
    ForEachVector(columns, [=](int64_t i, auto lanes) HWY_ATTR {
      const GeluResult result = Gelu(lanes.Load(in + i));
      lanes.Store(result.value, out + i);
      lanes.Store(result.derivative, in + i);
    });
  }
}

void MultiplyRows(int64_t rows, int64_t columns, int64_t stride, const float* factors,
                  float* values) {
  for (int64_t row = 0; row < rows; ++row, factors += stride, values += stride) {
    ForEachVector(columns, [=](int64_t i, auto lanes) HWY_ATTR {
      lanes.Store(hn::Mul(lanes.Load(values + i), lanes.Load(factors + i)), values + i);
    });
  }
}

// sum = residual + dropout(input), which takes input's place; returns the total of its elements.
HWY_INLINE float DropAndAdd(const Norm& norm, int64_t row, float* input_then_sum,
                            const float* residual) {
  const FloatTag d;
  Floats total = hn::Zero(d);
  const auto add = [&](int64_t i, auto lanes, auto factors) HWY_ATTR {
    const Floats sum =
        hn::MulAdd(lanes.Load(input_then_sum + i), factors(i), lanes.Load(residual + i));
    lanes.Store(sum, input_then_sum + i);
    total = hn::Add(total, lanes.Keep(sum));
  };
  if (norm.dropout.probability > 0) {
    const RowDropout dropout(norm.dropout, norm.PlaceOf(row));
    const auto factors = [&](int64_t i) HWY_ATTR { return dropout.Factors(i); };
    ForEachVector(norm.columns, [&](int64_t i, auto lanes) HWY_ATTR { add(i, lanes, factors); });
  } else {
    const auto factors = [](int64_t) HWY_ATTR { return hn::Set(FloatTag(), 1.0f); };
    ForEachVector(norm.columns, [&](int64_t i, auto lanes) HWY_ATTR { add(i, lanes, factors); });
  }
  return SumOf(total);
}

void AddNormForward(const Norm& norm, int64_t first_row, int64_t last_row, float* input_then_sum,
                    const float* residual, float* output, float* mean, float* scale) {
  const FloatTag d;
  const int64_t columns = norm.columns;
  for (int64_t row = first_row; row < last_row; ++row) {
    float* sum = input_then_sum + row * columns;
    const float center =
        DropAndAdd(norm, row, sum, residual + row * columns) / static_cast<float>(columns);
    const Floats centers = hn::Set(d, center);
    Floats squares = hn::Zero(d);
    ForEachVector(columns, [&](int64_t i, auto lanes) HWY_ATTR {
      const Floats centered = lanes.Keep(hn::Sub(lanes.Load(sum + i), centers));
      squares = hn::MulAdd(centered, centered, squares);
    });
    const double variance = static_cast<double>(SumOf(squares)) / static_cast<double>(columns);
    const auto factor = static_cast<float>(1.0 / std::sqrt(variance + norm.eps));
    const Floats factors = hn::Set(d, factor);
    float* out = output + row * columns;
    ForEachVector(columns, [&](int64_t i, auto lanes) HWY_ATTR {
      const Floats normalized = hn::Mul(hn::Sub(lanes.Load(sum + i), centers), factors);
      lanes.Store(hn::MulAdd(normalized, lanes.Load(norm.weight + i), lanes.Load(norm.bias + i)),
                  out + i);
    });
    mean[row] = center;
    scale[row] = factor;
  }
}

void AddNormBackward(const Norm& norm, int64_t first_row, int64_t last_row, const float* sum,
                     const float* mean, const float* scale, const float* output_gradient,
                     float* residual_gradient, float* input_gradient, float* weight_gradient,
                     float* bias_gradient) {
  const FloatTag d;
  const int64_t columns = norm.columns;
  const bool drops = norm.dropout.probability > 0;
  for (int64_t row = first_row; row < last_row; ++row) {
    const float* z = sum + row * columns;
    const float* dy = output_gradient + row * columns;
    const Floats center = hn::Set(d, mean[row]);
    const Floats factor = hn::Set(d, scale[row]);
    Floats total = hn::Zero(d);       // of dy * weight
    Floats correlated = hn::Zero(d);  // of dy * weight * normalized
    ForEachVector(columns, [&](int64_t i, auto lanes) HWY_ATTR {
      const Floats normalized = hn::Mul(hn::Sub(lanes.Load(z + i), center), factor);
      const Floats gradient = lanes.Load(dy + i);
      const Floats weighted = lanes.Keep(hn::Mul(gradient, lanes.Load(norm.weight + i)));
      total = hn::Add(total, weighted);
      correlated = hn::MulAdd(weighted, normalized, correlated);
      lanes.Store(hn::MulAdd(gradient, normalized, lanes.Load(weight_gradient + i)),
                  weight_gradient + i);
      lanes.Store(hn::Add(lanes.Load(bias_gradient + i), gradient), bias_gradient + i);
    });
    const auto count = static_cast<float>(columns);
    const Floats mean_gradient = hn::Set(d, SumOf(total) / count);
    const Floats correlation = hn::Set(d, SumOf(correlated) / count);
    const RowDropout dropout(norm.dropout, norm.PlaceOf(row));
    float* dr = residual_gradient + row * columns;
    float* dx = input_gradient + row * columns;
    ForEachVector(columns, [&](int64_t i, auto lanes) HWY_ATTR {
      const Floats normalized = hn::Mul(hn::Sub(lanes.Load(z + i), center), factor);
      const Floats weighted =
          hn::MulSub(lanes.Load(dy + i), lanes.Load(norm.weight + i), mean_gradient);
      const Floats gradient = hn::Mul(factor, hn::NegMulAdd(normalized, correlation, weighted));
      lanes.Store(gradient, dr + i);
      lanes.Store(drops ? hn::Mul(gradient, dropout.Factors(i)) : gradient, dx + i);
    });
  }
}

void DropRow(const Dropout& dropout, int64_t place, int64_t columns, const float* input,
             float* output) {
  const RowDropout row(dropout, place);
  ForEachVector(columns, [&](int64_t i, auto lanes) HWY_ATTR {
    lanes.Store(hn::Mul(lanes.Load(input + i), row.Factors(i)), output + i);
  });
}

void AddRow(int64_t columns, const float* a, const float* b, float* sum) {
  ForEachVector(columns, [=](int64_t i, auto lanes) HWY_ATTR {
    lanes.Store(hn::Add(lanes.Load(a + i), lanes.Load(b + i)), sum + i);
  });
}

void SumRows(int64_t rows, int64_t columns, int64_t stride, const float* values, float* sums) {
  const FloatTag d;
  constexpr int64_t kVectors = 8;  // whose sums stay in registers
  int64_t first = 0;
  for (; first + kVectors * kLanes <= columns; first += kVectors * kLanes) {
    const float* row = values + first;
    Floats block[kVectors];
    for (Floats& sum : block) sum = hn::Zero(d);
    for (int64_t i = 0; i < rows; ++i, row += stride) {
#pragma GCC unroll 8
      for (int64_t v = 0; v < kVectors; ++v) {
        block[v] = hn::Add(block[v], hn::LoadU(d, row + v * kLanes));
      }
    }
    for (int64_t v = 0; v < kVectors; ++v) {
      hn::StoreU(block[v], d, sums + first + v * kLanes);
    }
  }
  ForEachVector(columns - first, [=](int64_t i, auto lanes) HWY_ATTR {
    const float* row = values + first + i;
    Floats sum = hn::Zero(FloatTag());
    for (int64_t j = 0; j < rows; ++j, row += stride) sum = hn::Add(sum, lanes.Load(row));
    lanes.Store(sum, sums + first + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace electra::cpu {

HWY_EXPORT(GeluForward);
void GeluForward(int64_t rows, int64_t columns, int64_t stride, float* input_then_derivative,
                 float* output) {
  HWY_DYNAMIC_DISPATCH(GeluForward)(rows, columns, stride, input_then_derivative, output);
}

HWY_EXPORT(MultiplyRows);
void MultiplyRows(int64_t rows, int64_t columns, int64_t stride, const float* factors,
                  float* values) {
  HWY_DYNAMIC_DISPATCH(MultiplyRows)(rows, columns, stride, factors, values);
}

HWY_EXPORT(AddNormForward);
void AddNormForward(const Norm& norm, int64_t first_row, int64_t last_row, float* input_then_sum,
                    const float* residual, float* output, float* mean, float* scale) {
  HWY_DYNAMIC_DISPATCH(AddNormForward)
  (norm, first_row, last_row, input_then_sum, residual, output, mean, scale);
}

HWY_EXPORT(AddNormBackward);
void AddNormBackward(const Norm& norm, int64_t first_row, int64_t last_row, const float* sum,
                     const float* mean, const float* scale, const float* output_gradient,
                     float* residual_gradient, float* input_gradient, float* weight_gradient,
                     float* bias_gradient) {
  HWY_DYNAMIC_DISPATCH(AddNormBackward)
  (norm, first_row, last_row, sum, mean, scale, output_gradient, residual_gradient, input_gradient,
   weight_gradient, bias_gradient);
}

HWY_EXPORT(DropRow);
void DropRow(const Dropout& dropout, int64_t place, int64_t columns, const float* input,
             float* output) {
  HWY_DYNAMIC_DISPATCH(DropRow)(dropout, place, columns, input, output);
}

HWY_EXPORT(AddRow);
void AddRow(int64_t columns, const float* a, const float* b, float* sum) {
  HWY_DYNAMIC_DISPATCH(AddRow)(columns, a, b, sum);
}

HWY_EXPORT(SumRows);
void SumRows(int64_t rows, int64_t columns, int64_t stride, const float* values, float* sums) {
  HWY_DYNAMIC_DISPATCH(SumRows)(rows, columns, stride, values, sums);
}

}  // namespace electra::cpu
#endif

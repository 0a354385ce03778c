// AdamW's update (Loshchilov and Hutter 2019) and the gradients' norm that it is scaled by,
// float32, of all parameters in one go.
#pragma once

#include <cstdint>
#include <span>

namespace electra::cpu {

// Arrays of `count`.
struct AdamWParameter {
  int64_t count;
  float* values;
  const float* gradient;
  float* first_moment;
  float* second_moment;
  double learning_rate;
  double weight_decay;
  int64_t steps;  // at least 1: this one counts
};

struct AdamWSettings {
  double beta1;
  double beta2;
  double epsilon;
  double gradient_divisor;
};

// Values and moments change as by `torch.optim.AdamW`.
void UpdateWithAdamW(int threads, const AdamWSettings& settings,
                     std::span<const AdamWParameter> parameters);

struct ConstFloats {
  const float* data;
  int64_t count;
};

// The sum of the squares in all arrays; the same on any number of threads.
double SumOfSquares(int threads, std::span<const ConstFloats> arrays);

}  // namespace electra::cpu

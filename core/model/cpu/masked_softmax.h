// Cross-entropy and a sample from one row of logits, float32, in one go over the row.
#pragma once

#include <cstdint>

namespace electra::cpu {

struct SoftmaxRow {
  int64_t columns;
  int64_t label;
  double temperature;    // of the sampled softmax
  double uniform;        // in [0, 1): decides the sample
  float gradient_scale;  // what the gradient is multiplied by
  bool wants_gradient;
};

struct SoftmaxResult {
  double loss;      // -log softmax(logits)[label]
  int64_t sampled;  // a column, drawn from softmax(logits / temperature)
  bool correct;     // no column is likelier than the label
};

// With `wants_gradient` that of the loss takes the place of the logits; else they are lost.
SoftmaxResult SoftmaxCrossEntropy(const SoftmaxRow& row, float* logits_then_gradient);

}  // namespace electra::cpu

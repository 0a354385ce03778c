// Which of libtorch's kernels computes attention on a card. Private to core: includes libtorch.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace electra {

enum class AttentionKernel {
  // Kernels for sequences of different lengths: nothing is padded, and no mask is needed.
  kFlash,
  kEfficient,
  // One call for the sequences of one length; takes what the others do not, on any device.
  kByLength,
};

// For a network whose attention is computed in `type`. `is_ampere`: the card is of the generation
// that brought bfloat16, or a later one.
AttentionKernel ChooseAttentionKernel(at::ScalarType type, bool is_ampere, int64_t head_size);

}  // namespace electra

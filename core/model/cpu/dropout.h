// Dropout without stored masks: whether an element is kept is a function of a key and the element's
// place, so that the backward pass asks again instead of remembering.
#pragma once

#include <cstdint>

namespace electra::cpu {

struct Dropout {
  uint64_t key = 0;        // of one use of dropout in one step
  double probability = 0;  // in [0, 1)

  // What kept elements are multiplied by.
  float scale() const { return static_cast<float>(1.0 / (1.0 - probability)); }
  // An element is kept where its hash is at most this.
  uint32_t threshold() const { return static_cast<uint32_t>((1.0 - probability) * 4294967295.0); }
};

}  // namespace electra::cpu

// What the kernels of this folder have in common. Included by their .cc files only.
#pragma once

#include <bit>
#include <cstdint>

// Compiles a function once for each generation of x86 that matters and picks at load time. Whatever
// it calls must be always inlined. Sanitizers' resolvers run too early for that.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ELECTRA_VECTORIZED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ELECTRA_VECTORIZED
#endif
#define ELECTRA_INLINE inline __attribute__((always_inline))

namespace electra::cpu {

// e^x within 2 units in the last place for x <= 88; 0 is not reached: below -87 it stays e^-87.
// Cephes' expf, without branches, so that loops over it vectorise.
ELECTRA_INLINE float Exp(float x) {
  x = x > 88.0f ? 88.0f : x;
  x = x < -87.0f ? -87.0f : x;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  const float shifted = x * 1.44269504088896341f + kRound;
  const float n = shifted - kRound;
  x = x - n * 0.693359375f + n * 2.12194440e-4f;  // ln 2 in two parts
  float p = 1.9875691500e-4f;
  p = p * x + 1.3981999507e-3f;
  p = p * x + 8.3334519073e-3f;
  p = p * x + 4.1665795894e-2f;
  p = p * x + 1.6666665459e-1f;
  p = p * x + 5.0000001201e-1f;
  p = p * x * x + x + 1.0f;
  const int32_t exponent = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(kRound);
  return std::bit_cast<float>(std::bit_cast<int32_t>(p) + (exponent << 23));
}

// A well mixed function of both words (constants of the "lowbias32" hash of C. Wellons).
ELECTRA_INLINE uint32_t Mix(uint32_t value, uint32_t key) {
  value = (value ^ key) * 0x9E3779B1u;
  value = (value ^ (value >> 16)) * 0x21F0AAADu;
  value = (value ^ (value >> 15) ^ (key << 7)) * 0x735A2D97u;
  return value ^ (value >> 15);
}

}  // namespace electra::cpu

// What the kernels of this folder have in common. Included by their .cc files only.
#pragma once

#include <bit>
#include <cstdint>

// Compiles a function once for each generation of x86 that matters and picks at load time. Whatever
// it calls must be always inlined. Sanitizers' resolvers run too early for that.
#if defined(__x86_64__) && !defined(ELECTRA_SANITIZED)
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

constexpr int64_t kLanes = 16;

using Lanes = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

// Shuffles as x86 has them: pairs of elements, or pairs of two, of each quarter of both; quarters.
ELECTRA_INLINE Lanes LowElements(Lanes x, Lanes y) {
  return __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}
ELECTRA_INLINE Lanes HighElements(Lanes x, Lanes y) {
  return __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
ELECTRA_INLINE Lanes LowPairs(Lanes x, Lanes y) {
  return __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}
ELECTRA_INLINE Lanes HighPairs(Lanes x, Lanes y) {
  return __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
ELECTRA_INLINE Lanes EvenQuarters(Lanes x, Lanes y) {
  return __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}
ELECTRA_INLINE Lanes OddQuarters(Lanes x, Lanes y) {
  return __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

// block[i][j] and block[j][i] change places.
ELECTRA_INLINE void Transpose(Lanes block[kLanes]) {
  Lanes mixed[kLanes];
#pragma GCC unroll 8
  for (int64_t i = 0; i < kLanes; i += 2) {
    mixed[i] = LowElements(block[i], block[i + 1]);
    mixed[i + 1] = HighElements(block[i], block[i + 1]);
  }
  Lanes quarters[kLanes];
#pragma GCC unroll 4
  for (int64_t i = 0; i < kLanes; i += 4) {
    quarters[i] = LowPairs(mixed[i], mixed[i + 2]);
    quarters[i + 1] = HighPairs(mixed[i], mixed[i + 2]);
    quarters[i + 2] = LowPairs(mixed[i + 1], mixed[i + 3]);
    quarters[i + 3] = HighPairs(mixed[i + 1], mixed[i + 3]);
  }
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) {
    const Lanes even = EvenQuarters(quarters[i], quarters[4 + i]);
    const Lanes odd = OddQuarters(quarters[i], quarters[4 + i]);
    const Lanes even_behind = EvenQuarters(quarters[8 + i], quarters[12 + i]);
    const Lanes odd_behind = OddQuarters(quarters[8 + i], quarters[12 + i]);
    block[i] = EvenQuarters(even, even_behind);
    block[4 + i] = EvenQuarters(odd, odd_behind);
    block[8 + i] = OddQuarters(even, even_behind);
    block[12 + i] = OddQuarters(odd, odd_behind);
  }
}

}  // namespace electra::cpu

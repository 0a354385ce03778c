// Random numbers that are a function of a key, not of earlier draws.
//
// Training keys its own draws (order, split, masks) by seed, epoch and sequence, so that a resumed
// run, or one with other batch sizes or ranks, draws the same without saved state.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace electra {

// SplitMix64 (Steele, Lea, Flood 2014) from a state mixed out of the key's words.
class KeyedRandom {
 public:
  explicit KeyedRandom(std::initializer_list<uint64_t> key) {
    for (uint64_t word : key) state_ = Mix(state_ + 0x9E3779B97F4A7C15u) ^ Mix(word + 0x632BE59Bu);
  }

  uint64_t Next() { return Mix(state_ += 0x9E3779B97F4A7C15u); }

  // Uniform in [0, 1).
  double NextDouble() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

  // Uniform in [0, bound), bound > 0 (Lemire 2019, without bias).
  uint64_t Below(uint64_t bound) {
    const uint64_t threshold = (0 - bound) % bound;
    while (true) {
      __extension__ using Wide = unsigned __int128;
      const Wide product = static_cast<Wide>(Next()) * bound;
      if (static_cast<uint64_t>(product) >= threshold) return static_cast<uint64_t>(product >> 64);
    }
  }

 private:
  static constexpr uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  uint64_t state_ = 0;
};

// First word of each key, so that two uses never draw the same numbers.
enum class RandomUse : uint64_t {
  kSplit = 1,
  kOrder,
  kMask,
  kStep,
  kSample,
  kEvaluation,
  kProbe,
  kFake,
  kFinetune
};

}  // namespace electra

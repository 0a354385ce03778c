// Counts over recorded samples: which tokens the generator fakes, which fakes get past the
// discriminator, which originals it suspects.
//
//   ConfusionCounter counter({});
//   for (const v1::Sample& sample : samples) counter.Add(sample);
//   *response = counter.Top(20);
//
// Memory is bounded: beyond `most_entries` different tokens (or fakes) the rarest are forgotten, as
// in lossy counting (Manku and Motwani 2002), and the result says that it is approximate. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/training.pb.h"

namespace electra {

class ConfusionCounter {
 public:
  struct Options {
    size_t most_entries = 200'000;  // of tokens, and of fakes
  };

  explicit ConfusionCounter(Options options) : options_(options) {}

  // Probe sentences are left out: the same ones over and over, they would count for the corpus.
  void Add(const v1::Sample& sample);

  // The `limit` first of each list.
  v1::Confusions Top(int limit) const;

 private:
  struct TokenCounts {
    int64_t count = 0;
    int64_t fakes = 0;
    int64_t missed = 0;
    int64_t suspected = 0;
    int64_t remarks() const { return fakes + suspected; }
  };
  struct FakeCounts {
    int64_t fakes = 0;
    int64_t missed = 0;
    int64_t remarks() const { return fakes; }
  };

  // Forgets the half of the entries with the fewest fakes and suspicions.
  template <typename Counts>
  void Shrink(Counts* counts);

  const Options options_;
  v1::Confusions totals_;
  absl::flat_hash_map<std::string, TokenCounts> tokens_;                        // by original
  absl::flat_hash_map<std::pair<std::string, std::string>, FakeCounts> fakes_;  // original, fake
};

}  // namespace electra

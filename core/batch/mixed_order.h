// The order in which the sequences of several corpora are trained on, each with a share of the
// tokens.
//
// Each place goes to the corpus that lacks the most tokens of its share so far, so that with two
// corpora neither is ever off by more than one sequence, wherever training stops. A corpus that has
// been read to its end is read again in another order. The order is a function of the seed: a
// resumed run reads what the undisturbed one would have.
//
// Not thread-safe; borrows the sequences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/batch/batch.h"

namespace electra {

class MixedOrder {
 public:
  struct Part {
    std::vector<uint64_t> train;  // not empty
    double share = 0;             // above 0; shares need no sum of 1
  };

  MixedOrder(const TokenSequences& corpus, std::vector<Part> parts, uint64_t seed);

  // Places until the first part has been read once: an epoch.
  uint64_t epoch_length() const { return epoch_length_; }

  // The sequences of the places `begin`, `begin` + 1, ...; quick where the calls go forward.
  std::vector<uint64_t> Read(uint64_t begin, size_t count);

 private:
  struct Progress {
    std::vector<uint64_t> order;  // of the pass
    uint64_t pass = 0;
    size_t done = 0;      // of the pass
    uint64_t tokens = 0;  // of all passes, without [CLS] and [SEP]
  };

  void Restart();
  uint64_t Next();

  const TokenSequences corpus_;
  const std::vector<Part> parts_;
  const uint64_t seed_;
  double share_sum_ = 0;
  std::vector<Progress> progress_;  // of each part
  uint64_t place_ = 0;              // of the next
  uint64_t tokens_ = 0;             // of all parts
  uint64_t epoch_length_ = 0;
};

}  // namespace electra

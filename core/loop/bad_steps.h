// Steps whose loss or gradient is not a finite number: counts them, and says which text they read.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/message.h"
#include "core/text/token_cache.h"
#include "core/trainer.h"

namespace electra {

// What a step read, by its place in the corpus: "lines 3, 17 and 20 of books.csv"; at most a few by
// number. Reads the corpus again up to there; where that fails, it gives the numbers of samples
// instead.
Message DescribeSource(const TrainingTask& task, const TokenCache& cache,
                       std::span<const uint64_t> sequences);

// Counts a job's bad steps. Only bad steps in a row matter: one finite step restarts the count.
class BadSteps {
 public:
  explicit BadSteps(int64_t most) : most_(most) {}

  void AddGood() { in_a_row_ = 0; }
  void AddBad(int64_t step) {
    if (in_a_row_ == 0) first_ = step;
    ++in_a_row_;
  }

  int64_t in_a_row() const { return in_a_row_; }
  int64_t first() const { return first_; }  // of the bad steps in a row
  bool too_many() const { return in_a_row_ >= most_; }

 private:
  const int64_t most_;
  int64_t in_a_row_ = 0;
  int64_t first_ = 0;
};

}  // namespace electra

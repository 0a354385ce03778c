// Counts over recorded samples: which tokens the generator fakes, which fakes get past the
// discriminator, which originals it suspects (core/probe/confusion_counter.h).
//
//   SampleConfusions confusions;
//   for (const v1::Sample& sample : samples) confusions.Add(sample);
//   *response = confusions.Top(20);
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/probe/confusion_counter.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::server {

class SampleConfusions {
 public:
  SampleConfusions() = default;
  // `most_entries` bounds the number of different tokens, and of fakes.
  explicit SampleConfusions(size_t most_entries) : counter_(most_entries) {}

  // Probe sentences are left out: they repeat, and would distort the counts of the corpus.
  void Add(const v1::Sample& sample);

  // The `limit` first of each list.
  v1::Confusions Top(int limit) const;

 private:
  int64_t samples_ = 0;
  int64_t first_step_ = 0;
  int64_t last_step_ = 0;
  ConfusionCounter<std::string> counter_;
};

}  // namespace electra::server

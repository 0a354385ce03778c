// How well predicted classes match the labels, as scikit-learn counts it. Pure functions.
#pragma once

#include <cstdint>
#include <span>

namespace electra {

struct ClassificationScores {
  double accuracy = 0;
  double macro_f1 = 0;  // the mean of the classes' F1; 0 for a class without a hit
};

// Both have the same length, above 0. A class that neither has does not count.
ClassificationScores ScoreClasses(std::span<const int64_t> labels,
                                  std::span<const int64_t> predicted);

}  // namespace electra

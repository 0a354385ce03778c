#include "core/task/scores.h"

#include <map>

namespace electra {

ClassificationScores ScoreClasses(std::span<const int64_t> labels,
                                  std::span<const int64_t> predicted) {
  struct Counts {
    int64_t hits = 0;
    int64_t occurrences = 0;  // among labels and among predictions
  };
  std::map<int64_t, Counts> classes;
  int64_t right = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    ++classes[labels[i]].occurrences;
    ++classes[predicted[i]].occurrences;
    if (labels[i] != predicted[i]) continue;
    ++classes[labels[i]].hits;
    ++right;
  }
  ClassificationScores scores;
  scores.accuracy = static_cast<double>(right) / static_cast<double>(labels.size());
  for (const auto& [label, counts] : classes) {
    scores.macro_f1 +=
        2 * static_cast<double>(counts.hits) / static_cast<double>(counts.occurrences);
  }
  scores.macro_f1 /= static_cast<double>(classes.size());
  return scores;
}

}  // namespace electra

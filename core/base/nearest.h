// "Did you mean": which of some known words a mistyped one was meant to be.
//
//   const std::optional<std::string> nearest = Nearest("learning_rat", keys);
//
// Pure functions of the standard library alone: client, server and core each word the
// question themselves.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace electra {

// Insertions, deletions, substitutions and swaps of neighbors, each one (optimal string
// alignment), in bytes.
inline size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, substituted});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row.back();
}

// The known word of which `given` is most likely a misspelling; the first of equally near ones.
// nullopt where all are further away than a third of its letters, or than `most`.
template <typename Words>
std::optional<std::string> Nearest(std::string_view given, const Words& known, size_t most = 3) {
  constexpr size_t kLongest = 64;  // a longer word was not typed, and would take long
  if (given.empty() || given.size() > kLongest) return std::nullopt;
  size_t allowed = std::min(most, (given.size() + 2) / 3);
  std::optional<std::string> nearest;
  for (const auto& word : known) {
    const std::string_view candidate(word);
    const size_t longer = std::max(candidate.size(), given.size());
    const size_t shorter = std::min(candidate.size(), given.size());
    if (longer - shorter > allowed) continue;
    const size_t distance = EditDistance(given, candidate);
    // A word whose distance is its own length has nothing in common.
    if (distance > allowed || distance >= longer || (nearest && distance == allowed)) continue;
    allowed = distance;
    nearest = std::string(candidate);
  }
  return nearest;
}

}  // namespace electra

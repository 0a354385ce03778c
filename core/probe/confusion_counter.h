// Which tokens the generator fakes, which fakes get past the discriminator, which originals it
// suspects: counts over tokens, whether they are known by id or by text.
//
//   ConfusionCounter<int32_t> counter;
//   counter.Add({.original = 7, .fake = 9, .masked = true, .suspected = false});
//   const Confusions<int32_t> confusions = counter.Top(20);
//
// Memory is bounded: beyond `most_entries` different tokens (or fakes) the rarest are forgotten, as
// in lossy counting (Manku and Motwani 2002), and the result says that it is approximate. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace electra {

// The verdicts on one token of a text.
template <typename Token>
struct TokenVerdict {
  const Token& original;
  const Token& fake;       // what the discriminator saw
  bool masked = false;     // chosen for the generator to predict
  bool suspected = false;  // called fake
};

template <typename Token>
struct TokenConfusion {
  Token token;
  int64_t count = 0;  // occurrences in the text
  int64_t masked = 0;
  int64_t fakes = 0;
  int64_t missed = 0;     // fakes of it that were not suspected
  int64_t suspected = 0;  // as an original
};

template <typename Token>
struct FakeConfusion {
  Token original;
  Token fake;
  int64_t fakes = 0;
  int64_t missed = 0;
};

template <typename Token>
struct Confusions {
  int64_t tokens = 0;
  int64_t masked = 0;
  int64_t fakes = 0;
  int64_t caught = 0;
  int64_t suspected = 0;
  std::vector<TokenConfusion<Token>> faked;     // by fakes
  std::vector<FakeConfusion<Token>> missed;     // by missed
  std::vector<TokenConfusion<Token>> suspects;  // by suspected
  bool is_approximate = false;                  // rare tokens were forgotten on the way
};

template <typename Token>
class ConfusionCounter {
 public:
  explicit ConfusionCounter(size_t most_entries = 200'000) : most_entries_(most_entries) {}

  void Add(const TokenVerdict<Token>& verdict) {
    const bool is_fake = verdict.original != verdict.fake;
    TokenConfusion<Token>& counts = tokens_[verdict.original];
    ++totals_.tokens;
    ++counts.count;
    totals_.masked += verdict.masked;
    counts.masked += verdict.masked;
    if (is_fake) {
      const bool missed = !verdict.suspected;
      ++totals_.fakes;
      totals_.caught += !missed;
      ++counts.fakes;
      counts.missed += missed;
      FakeConfusion<Token>& fake = fakes_[{verdict.original, verdict.fake}];
      ++fake.fakes;
      fake.missed += missed;
    } else {
      totals_.suspected += verdict.suspected;
      counts.suspected += verdict.suspected;
    }
    if (tokens_.size() > most_entries_) {
      Shrink(&tokens_, [](const auto& entry) { return entry.fakes + entry.suspected; });
    }
    if (fakes_.size() > most_entries_) {
      Shrink(&fakes_, [](const auto& entry) { return entry.fakes; });
    }
  }

  // The `limit` first of each list, without those of a count of 0; ties by token.
  Confusions<Token> Top(size_t limit) const {
    Confusions<Token> confusions = totals_;
    for (const auto* entry : Largest(tokens_, limit, &TokenConfusion<Token>::fakes)) {
      confusions.faked.push_back(entry->second);
      confusions.faked.back().token = entry->first;
    }
    for (const auto* entry : Largest(fakes_, limit, &FakeConfusion<Token>::missed)) {
      confusions.missed.push_back(entry->second);
      confusions.missed.back().original = entry->first.first;
      confusions.missed.back().fake = entry->first.second;
    }
    for (const auto* entry : Largest(tokens_, limit, &TokenConfusion<Token>::suspected)) {
      confusions.suspects.push_back(entry->second);
      confusions.suspects.back().token = entry->first;
    }
    return confusions;
  }

 private:
  template <typename Counts, typename Count>
  static auto Largest(const Counts& counts, size_t limit, Count count) {
    using Entry = const typename Counts::value_type*;
    std::vector<Entry> entries;
    for (const auto& entry : counts) {
      if (entry.second.*count > 0) entries.push_back(&entry);
    }
    const size_t kept = std::min(entries.size(), limit);
    std::partial_sort(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(kept),
                      entries.end(), [&](Entry a, Entry b) {
                        const int64_t count_a = a->second.*count;
                        const int64_t count_b = b->second.*count;
                        return count_a != count_b ? count_a > count_b : a->first < b->first;
                      });
    entries.resize(kept);
    return entries;
  }

  // Forgets the half of the entries with the fewest remarks.
  template <typename Counts, typename Remarks>
  void Shrink(Counts* counts, Remarks remarks_of) {
    totals_.is_approximate = true;
    std::vector<int64_t> remarks;
    for (const auto& entry : *counts) remarks.push_back(remarks_of(entry.second));
    const auto middle = remarks.begin() + static_cast<ptrdiff_t>(remarks.size() / 2);
    std::nth_element(remarks.begin(), middle, remarks.end());
    absl::erase_if(*counts, [&, rare = *middle](const auto& entry) {
      return remarks_of(entry.second) <= rare;
    });
  }

  const size_t most_entries_;
  Confusions<Token> totals_;
  // The tokens within the values stay empty: they are the keys.
  absl::flat_hash_map<Token, TokenConfusion<Token>> tokens_;                  // by original
  absl::flat_hash_map<std::pair<Token, Token>, FakeConfusion<Token>> fakes_;  // original, fake
};

}  // namespace electra

// Byte-pair merging over counted words: the heart of VocabularyTrainer (private to core/text).
//
// Follows Hugging Face's BpeTrainer step by step, also where it is odd: a pair that forms again
// after it was merged is merged again under the token that exists. Where that library leaves the
// order to chance, the words' order decides here.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace electra {

class WordpieceMerger {
 public:
  // `tokens`: the special tokens, then the alphabet; their ids are their places.
  explicit WordpieceMerger(std::vector<std::string> tokens);

  // A word of the corpus, in code points, and how often it occurs. Characters outside of the
  // alphabet are left out of it.
  void AddWord(std::u32string_view word, std::int64_t count);

  // Counts all pairs; after the last AddWord, before the first Merge.
  void CountPairs();

  // Merges the most frequent pair. False: none occurs `min_frequency` times.
  bool Merge(std::int64_t min_frequency);

  std::size_t size() const { return tokens_.size(); }
  std::vector<std::string> TakeTokens() { return std::move(tokens_); }

 private:
  using Pair = std::pair<std::uint32_t, std::uint32_t>;
  using Words = std::vector<std::uint32_t>;  // indices, ascending, each once

  struct Candidate {
    Pair pair;
    std::int64_t count;
    Words words;  // that may hold the pair

    // The most frequent first, of equals the one with the smaller ids. One pair may wait twice.
    friend bool operator<(const Candidate& a, const Candidate& b) {
      if (a.count != b.count) return a.count < b.count;
      return a.pair != b.pair ? b.pair < a.pair : b.words < a.words;
    }
  };
  struct Word {
    std::vector<std::uint32_t> pieces;
    std::int64_t count;
  };

  std::uint32_t IdOf(std::string token);
  void Change(Pair pair, std::int64_t change, std::uint32_t word);
  void MergeInWord(Pair pair, std::uint32_t merged, std::uint32_t word);
  void PushNewPairs();
  bool PopFrequent(std::int64_t min_frequency, Candidate* top);

  std::vector<std::string> tokens_;
  absl::flat_hash_map<std::string, std::uint32_t> ids_;
  std::vector<Word> words_;
  absl::flat_hash_map<Pair, std::int64_t> counts_;
  absl::flat_hash_map<Pair, Words> new_pairs_;  // of the merge at hand
  std::priority_queue<Candidate> queue_;
};

}  // namespace electra

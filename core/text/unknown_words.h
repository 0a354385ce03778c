// The words of a text that a tokenizer turns into [UNK], counted, with the reason.
//
//   UnknownWords unknown;
//   for (...) unknown.Add(tokenizer, sample);
//   if (unknown.share() > 0.5) Say(unknown.missing().MostFrequent(5));
//
// A value, not thread-safe. Memory grows with the different unknown words: give it an excerpt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/text/tokenizer.h"

namespace electra {

// Words that are unknown for one reason.
class CountedWords {
 public:
  struct Entry {
    std::string word;  // only the beginning of a long one
    int64_t count = 0;
  };

  void Add(std::string_view word);

  int64_t count() const { return count_; }
  int64_t bytes() const { return bytes_; }
  std::vector<Entry> MostFrequent(size_t most) const;  // equal ones in order of their bytes

 private:
  absl::flat_hash_map<std::string, int64_t> counts_;
  int64_t count_ = 0;
  int64_t bytes_ = 0;
};

class UnknownWords {
 public:
  // `text` must be shorter than 4 GiB.
  void Add(const Tokenizer& tokenizer, std::string_view text);
  // The same before there is a vocabulary: one that is trained from the text knows every word that
  // is not too long.
  void AddTooLong(const Tokenizer& tokenizer, std::string_view text);

  // The unknown share of the bytes in words.
  double share() const;
  const CountedWords& missing() const { return missing_; }    // not in the vocabulary
  const CountedWords& too_long() const { return too_long_; }  // above max_word_characters

 private:
  std::vector<UnknownWord> found_;  // of one text
  int64_t word_bytes_ = 0;
  CountedWords missing_;
  CountedWords too_long_;
};

// Whether `utf8` holds Hangul as letters (Unicode's NFD) where the tokenizer expects syllables. A
// tokenizer that strips accents takes syllables apart itself.
bool HasHangulLetters(const Tokenizer& tokenizer, std::string_view utf8);

}  // namespace electra

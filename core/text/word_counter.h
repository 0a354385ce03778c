// The words of a text as a Tokenizer finds them, with how often each occurs (private to core/text).
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/text/bert_splitter.h"
#include "core/text/tokenizer.h"

namespace electra {

class WordCounter {
 public:
  // UTF-8, so that the order of bytes is that of code points; half the memory of UTF-32 for most.
  using Counts = absl::flat_hash_map<std::string, std::int64_t>;

  // When one word more than `max_words` comes, the rarest are forgotten until at most half are left
  // (lossy counting); words of equal count stay or go together.
  WordCounter(const TokenizerOptions& options, std::int64_t max_words);

  void Add(std::string_view sample) { splitter_.Split(sample, *this); }

  const Counts& counts() const { return counts_; }
  // The same in order of bytes. Ends the counting: holds each word only once.
  std::vector<std::pair<std::string, std::int64_t>> TakeSorted();

  std::size_t max_characters() const { return max_characters_; }
  std::int64_t long_words() const { return long_words_; }      // above max_characters, left out
  std::int64_t forgotten_words() const { return forgotten_; }  // occurrences

  // BertSplitter's sink.
  void Append(std::uint32_t code, std::size_t begin, std::size_t end);
  void EndWord();

 private:
  void Forget();

  const BertSplitter splitter_;
  const std::size_t max_characters_;
  const std::int64_t max_words_;
  Counts counts_;
  std::int64_t forgotten_ = 0;
  std::int64_t long_words_ = 0;
  std::string word_;
  std::size_t characters_ = 0;  // of the word, also the ones left out of word_
};

}  // namespace electra

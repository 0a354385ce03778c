#include "core/text/word_counter.h"

#include <algorithm>

#include "core/base/utf8.h"

namespace electra {

WordCounter::WordCounter(const TokenizerOptions& options, std::int64_t max_words)
    : splitter_(options, [](char32_t c) { return static_cast<std::uint32_t>(c); }),
      max_characters_(
          static_cast<std::size_t>(std::clamp(options.max_word_characters, 1, 1 << 16))),
      max_words_(std::max<std::int64_t>(max_words, 1)) {}

std::vector<std::pair<std::string, std::int64_t>> WordCounter::TakeSorted() {
  std::vector<std::pair<std::string, std::int64_t>> words(counts_.begin(), counts_.end());
  Counts().swap(counts_);
  std::sort(words.begin(), words.end());
  return words;
}

void WordCounter::Append(std::uint32_t code, std::size_t, std::size_t) {
  if (++characters_ <= max_characters_) AppendUtf8(static_cast<char32_t>(code), &word_);
}

void WordCounter::EndWord() {
  if (characters_ > 0 && characters_ <= max_characters_) {
    ++counts_[word_];
    if (counts_.size() > static_cast<std::size_t>(max_words_)) Forget();
  }
  if (characters_ > max_characters_) ++long_words_;
  word_.clear();
  characters_ = 0;
}

void WordCounter::Forget() {
  const auto target = static_cast<std::size_t>(max_words_ / 2);
  std::vector<std::int64_t> frequencies;
  frequencies.reserve(counts_.size());
  for (const auto& [word, count] : counts_) frequencies.push_back(count);
  const auto last = frequencies.end() - static_cast<std::ptrdiff_t>(target + 1);
  std::nth_element(frequencies.begin(), last, frequencies.end());
  // Words of equal count go together, so that the hash table's order decides nothing.
  absl::erase_if(counts_, [this, rare = *last](const auto& word) {
    if (word.second > rare) return false;
    forgotten_ += word.second;
    return true;
  });
}

}  // namespace electra

#include "core/text/unknown_words.h"

#include <algorithm>

#include "core/base/utf8.h"

namespace electra {
namespace {

// The most bytes of a word that are shown.
constexpr size_t kShownBytes = 60;

}  // namespace

void CountedWords::Add(std::string_view word) {
  ++count_;
  bytes_ += static_cast<int64_t>(word.size());
  ++counts_[std::string(Utf8Beginning(word, kShownBytes))];
}

std::vector<CountedWords::Entry> CountedWords::MostFrequent(size_t most) const {
  std::vector<Entry> entries;
  entries.reserve(counts_.size());
  for (const auto& [word, count] : counts_) entries.push_back({.word = word, .count = count});
  const auto end = entries.begin() + static_cast<ptrdiff_t>(std::min(most, entries.size()));
  std::partial_sort(entries.begin(), end, entries.end(), [](const Entry& a, const Entry& b) {
    return a.count != b.count ? a.count > b.count : a.word < b.word;
  });
  entries.erase(end, entries.end());
  return entries;
}

void UnknownWords::Add(const Tokenizer& tokenizer, std::string_view text) {
  found_.clear();
  word_bytes_ += tokenizer.FindUnknownWords(text, &found_);
  for (const UnknownWord& word : found_) {
    (word.is_too_long ? too_long_ : missing_).Add(text.substr(word.begin, word.end - word.begin));
  }
}

void UnknownWords::AddTooLong(const Tokenizer& tokenizer, std::string_view text) {
  found_.clear();
  word_bytes_ += tokenizer.FindUnknownWords(text, &found_);
  for (const UnknownWord& word : found_) {
    if (word.is_too_long) too_long_.Add(text.substr(word.begin, word.end - word.begin));
  }
}

double UnknownWords::share() const {
  if (word_bytes_ == 0) return 0;
  return static_cast<double>(missing_.bytes() + too_long_.bytes()) /
         static_cast<double>(word_bytes_);
}

}  // namespace electra

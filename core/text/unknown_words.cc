#include "core/text/unknown_words.h"

#include <algorithm>

#include "core/base/utf8.h"

namespace electra {
namespace {

// The most bytes of a word that are shown.
constexpr size_t kShownBytes = 60;

// A leading consonant (U+1100 to U+1112) and a vowel (U+1161 to U+1175) make a syllable in NFC.
constexpr std::string_view kConsonants = "\xE1\x84";
constexpr std::string_view kVowels = "\xE1\x85";
constexpr size_t kLetterBytes = 3;

bool BeginsWithSyllable(std::string_view letters) {
  if (letters.size() < 2 * kLetterBytes) return false;
  const std::string_view vowel = letters.substr(kLetterBytes);
  const auto last_of = [](std::string_view letter) {
    return static_cast<unsigned char>(letter[kLetterBytes - 1]);
  };
  return letters.starts_with(kConsonants) && last_of(letters) <= 0x92 &&
         vowel.starts_with(kVowels) && last_of(vowel) >= 0xA1 && last_of(vowel) <= 0xB5;
}

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

bool HasHangulLetters(const Tokenizer& tokenizer, std::string_view utf8) {
  if (tokenizer.options().StripsAccents()) return false;
  size_t at = utf8.find(kConsonants);
  while (at != std::string_view::npos && !BeginsWithSyllable(utf8.substr(at))) {
    at = utf8.find(kConsonants, at + 1);
  }
  return at != std::string_view::npos;
}

}  // namespace electra

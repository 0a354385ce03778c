// New WordPieces for a vocabulary that was trained on other text.
//
// A candidate is two or more pieces that begin a word of the text, joined into one. It saves tokens
// in each word that begins with it. Repeatedly the candidate that saves the most, as the text is
// cut so far, becomes a token; among equals, the first in order of bytes. This ends with `count`
// tokens, or when no candidate occurs `min_frequency` times. A candidate must not cut a word into
// more pieces, or make it unknown, so that no text gets longer.
//
// The same words give the same tokens, whatever their order. (Above max_words distinct words the
// order of the samples matters, as in vocabulary_trainer.h.) Words that the vocabulary does not
// know at all give no tokens, since a token begins as the mean of its pieces.
//
// Not thread-safe. Memory: about 200 bytes a distinct word.
//
//   VocabularyExtender extender(vocabulary, {}, {.count = 500});
//   while (...) extender.Add(sample);
//   ASSIGN_OR_RETURN(VocabularyExtension extension, extender.Extend());
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace electra {

struct VocabularyExtenderOptions {
  std::int64_t count = 0;              // tokens at most
  std::int64_t min_frequency = 2;      // of a token, in the text
  std::int64_t max_words = 1'000'000;  // distinct, counted at once
};

struct VocabularyExtension {
  Vocabulary vocabulary;  // the old one's tokens with their ids, then the new ones
  std::int64_t added = 0;
  // In the text, without words that were forgotten.
  std::int64_t tokens_before = 0;
  std::int64_t tokens_after = 0;
};

class VocabularyExtender {
 public:
  // `vocabulary` must outlive this.
  VocabularyExtender(const Vocabulary& vocabulary, const TokenizerOptions& tokenizer,
                     VocabularyExtenderOptions options);
  ~VocabularyExtender();
  VocabularyExtender(const VocabularyExtender&) = delete;
  VocabularyExtender& operator=(const VocabularyExtender&) = delete;

  void Add(std::string_view sample);

  // Asked between tokens; true ends Extend with Cancelled.
  void set_cancelled(std::function<bool()> cancelled);

  // InvalidArgument: the vocabulary would have more than Vocabulary::kMaxTokens. Call once.
  absl::StatusOr<VocabularyExtension> Extend();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The pieces into which the first `size` tokens of the vocabulary cut each of the others, in order
// of their ids.
absl::StatusOr<std::vector<std::vector<std::int32_t>>> PiecesOfAppended(
    const Vocabulary& vocabulary, std::int32_t size);

}  // namespace electra

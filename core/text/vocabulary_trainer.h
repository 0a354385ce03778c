// Trains a WordPiece vocabulary the way Hugging Face's WordPieceTrainer does: pairs of pieces are
// merged by frequency (BPE), pieces inside a word carry `##`. [PAD] [UNK] [CLS] [SEP] [MASK] have
// ids 0 to 4, then come the characters in order of code point, their `##` forms, the merges. Where
// vocab_size leaves no room for both forms of limit_alphabet characters, fewer are kept.
//
// The same samples give the same vocabulary, whatever their order: ties are broken by the pieces'
// ids, words are visited in order of bytes. (Above max_words distinct words the order of the
// samples matters, see there.)
//
// Not thread-safe. Memory: about 100 bytes a distinct word while adding, up to five times that
// while training.
//
//   VocabularyTrainer trainer({.vocab_size = 8000}, {});
//   while (...) trainer.Add(sample);
//   ASSIGN_OR_RETURN(Vocabulary vocabulary, trainer.Train());
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace electra {

struct VocabularyTrainerOptions {
  std::int32_t vocab_size = 8000;  // an upper bound: a small corpus gives fewer tokens
  std::int64_t min_frequency = 2;  // of a pair to be merged
  // Characters kept, the most frequent first; words lose the others. As in Hugging Face's
  // BertWordPieceTokenizer.
  std::int32_t limit_alphabet = 1000;
  // Distinct words counted at once. When one more comes, the rarest are forgotten until at most
  // half are left (lossy counting); words of equal count stay or go together.
  std::int64_t max_words = 1'000'000;
};

class VocabularyTrainer {
 public:
  // Finds words like a Tokenizer with `tokenizer_options`; a word longer than its
  // max_word_characters gives no pieces.
  VocabularyTrainer(VocabularyTrainerOptions options, TokenizerOptions tokenizer_options);
  ~VocabularyTrainer();
  VocabularyTrainer(const VocabularyTrainer&) = delete;
  VocabularyTrainer& operator=(const VocabularyTrainer&) = delete;

  void Add(std::string_view sample);

  // Asked between merges; true ends Train with Cancelled.
  void set_cancelled(std::function<bool()> cancelled);

  // InvalidArgument: vocab_size too small for the special tokens and one character, or above
  // Vocabulary::kMaxTokens; a negative option; no word was added. The trainer is then used up: call
  // once.
  absl::StatusOr<Vocabulary> Train();

  std::int64_t distinct_words() const;
  std::int64_t forgotten_words() const;  // occurrences lost to max_words

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra

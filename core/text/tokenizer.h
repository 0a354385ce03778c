// WordPiece tokenizer of BERT and ELECTRA. Ids and offsets are exactly those of Hugging Face's fast
// tokenizer (BertNormalizer, BertPreTokenizer, WordPiece) without added tokens: a literal "[MASK]"
// in a text is three or more ordinary tokens.
//
// Immutable after construction; any number of threads may use one at once. Encoding allocates
// nothing but the growth of the caller's vector, except for runs of combining marks.
//
//   auto vocabulary = std::make_shared<const Vocabulary>(*std::move(parsed));
//   Tokenizer tokenizer(vocabulary, {.do_lower_case = true});
//   std::vector<std::int32_t> ids;
//   tokenizer.Encode("특히 안드로이드 플랫폼", &ids);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/text/vocabulary.h"

namespace electra {

// Named as in tokenizer_config.json.
struct TokenizerOptions {
  bool do_lower_case = false;
  // Unset: as do_lower_case, which is what Hugging Face's BertNormalizer does. Stripping decomposes
  // (NFD) first, which takes Hangul syllables apart into letters.
  std::optional<bool> strip_accents = std::nullopt;
  bool tokenize_chinese_chars = true;  // spaces round each Han character
  bool clean_text = true;              // control characters go, white space becomes a space
  int max_word_characters = 100;       // a longer word is one [UNK]; 1 to 65536, else the nearest

  bool StripsAccents() const { return strip_accents.value_or(do_lower_case); }
};

// A token and the bytes [begin, end) of the text that it comes from.
struct TokenSpan {
  std::int32_t id = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const TokenSpan&, const TokenSpan&) = default;
};

// A word that is one [UNK]: the bytes [begin, end) of the text, and why.
struct UnknownWord {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool is_too_long = false;  // above max_word_characters; else a part of it is in no token
};

class Tokenizer {
 public:
  Tokenizer(std::shared_ptr<const Vocabulary> vocabulary, TokenizerOptions options);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Appends the ids of `utf8` to `*ids`; [CLS] and [SEP] are the caller's. `utf8` should be valid
  // (FindInvalidUtf8); each byte that is not counts as U+FFFD.
  void Encode(std::string_view utf8, std::vector<std::int32_t>* ids) const;

  // The same with offsets. `utf8` must be shorter than 4 GiB.
  void EncodeWithSpans(std::string_view utf8, std::vector<TokenSpan>* tokens) const;

  // Appends the words of which Encode makes [UNK]. Returns the bytes of all words. `utf8` must be
  // shorter than 4 GiB.
  std::int64_t FindUnknownWords(std::string_view utf8, std::vector<UnknownWord>* words) const;

  const Vocabulary& vocabulary() const { return *vocabulary_; }
  const TokenizerOptions& options() const { return options_; }

 private:
  class Impl;

  std::shared_ptr<const Vocabulary> vocabulary_;
  TokenizerOptions options_;
  std::unique_ptr<const Impl> impl_;
};

// Turns the byte offsets of EncodeWithSpans(utf8) into offsets in characters (code points).
void ConvertToCharacterOffsets(std::string_view utf8, std::vector<TokenSpan>* tokens);

}  // namespace electra

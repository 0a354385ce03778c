// The oddities of a training text; a value.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/text/unknown_words.h"

namespace electra {

// The most bytes that are searched for words and line ends.
inline constexpr int64_t kSurveyedText = int64_t{2} << 20;

struct TextSurvey {
  int64_t samples = 0;
  int64_t empty_samples = 0;  // blank, or without a token: not among `samples`
  int64_t copies = 0;         // samples with the tokens of an earlier one
  bool leaves_out_copies = false;
  int64_t tokens = 0;          // without [CLS] and [SEP]; 0: there is no vocabulary yet
  int64_t unknown_tokens = 0;  // of them
  UnknownWords unknown;        // of an excerpt, where the text is longer than kSurveyedText
  bool is_excerpt = false;
  int64_t samples_in_letters = 0;  // HasHangulLetters, in the same excerpt
  int max_word_characters = TokenizerOptions().max_word_characters;
  // In the same excerpt, where samples are lines.
  int64_t lines = 0;
  int64_t lone_returns = 0;  // CRs that end no line, since no LF follows

  double unknown_token_share() const {
    return tokens == 0 ? 0 : static_cast<double>(unknown_tokens) / static_cast<double>(tokens);
  }
  // The share of tokens or of text, whichever is larger: a word that is too long is one token.
  double unknown_share() const { return std::max(unknown_token_share(), unknown.share()); }
};

}  // namespace electra

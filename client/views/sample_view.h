// One sample prediction for people: the sentence pair and the table of its tokens.
//
//   out << RenderSample(event.sample(), {.language = Language::kKorean, .width = 80});
//
// All counts are taken from the tokens, so that they agree with the rows. Thread safety: pure
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/i18n/labels.h"
#include "client/text/styled_text.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

// Which tokens the table shows.
enum class SampleRows { kAll, kMissed, kSuspected };

struct SampleViewOptions {
  Language language = Language::kKorean;
  int width = 0;  // of the terminal; 0: nothing wraps
  ColorMode color = ColorMode::kOff;
  Charset charset = Charset::kUtf8;
  SampleRows rows = SampleRows::kAll;
};

struct SampleCounts {
  int tokens = 0;     // all, [CLS] and [SEP] included
  int fakes = 0;      // tokens that the generator really changed
  int caught = 0;     // fakes that the discriminator suspected
  int suspected = 0;  // originals that it suspected
  int wrong() const { return fakes - caught + suspected; }
};

SampleCounts CountSample(const v1::Sample& sample);

// Positions of the tokens that the table shows, in its order: fakes caught, fakes missed,
// originals suspected, each by position.
std::vector<int> TablePositions(const v1::Sample& sample);

enum class SentenceKind { kOriginal, kFake };

// The sentence with parentheses round each token that was changed. Words are joined as the source
// text has them, without the `##` of sub-words.
StyledText SampleSentence(const v1::Sample& sample, SentenceKind kind);

// Label and sentence, which wraps to the right of its label; lines end with a newline.
std::string RenderSentence(std::string_view label, const StyledText& sentence,
                           const SampleViewOptions& options);

// A text of one line or, where it is wider than the terminal, several; each ends with a newline.
std::string RenderParagraph(std::string_view text, Style style, const SampleViewOptions& options);

// Sentences, counts and table; several lines that end with a newline.
std::string RenderSampleBody(const v1::Sample& sample, const SampleViewOptions& options);

// Heading, body and losses; several lines that end with a newline.
std::string RenderSample(const v1::Sample& sample, const SampleViewOptions& options);

}  // namespace electra::client

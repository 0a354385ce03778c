#include "core/probe/sample.h"

#include <string>
#include <string_view>

namespace electra {
namespace {

// True where the text between two tokens holds white space: anything that is not part of a token
// and not dropped by normalisation has at least one byte that separates words.
bool HasWhiteSpace(std::string_view gap) {
  constexpr std::string_view kWideSpaces[] = {
      "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
      "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};
  if (gap.find_first_of(" \t\r\n\v\f") != std::string_view::npos) return true;
  for (std::string_view space : kWideSpaces) {
    if (gap.find(space) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::string TokenText(const Vocabulary& vocabulary, int32_t id) {
  if (id < vocabulary.size()) return vocabulary.Token(id);
  return "[row " + std::to_string(id) + "]";
}

SampleReport MakeSampleReport(const SequencePrediction& prediction, const TokenCache& cache,
                              const Tokenizer& tokenizer) {
  return MakeSampleReport(prediction,
                          cache.SampleText(cache.sequence_samples()[prediction.sequence]),
                          cache.sequence_starts()[prediction.sequence], tokenizer);
}

SampleReport MakeSampleReport(const SequencePrediction& prediction, std::string_view text,
                              size_t start, const Tokenizer& tokenizer) {
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  std::vector<TokenSpan> spans;
  tokenizer.EncodeWithSpans(text, &spans);

  SampleReport report{
      .step = prediction.step, .epoch = prediction.epoch, .loss = prediction.loss, .tokens = {}};
  const size_t length = prediction.original_ids.size();
  for (size_t i = 0; i < length; ++i) {
    SampleToken token;
    token.original = vocabulary.Token(prediction.original_ids[i]);
    token.fake = TokenText(vocabulary, prediction.fake_ids[i]);
    token.masked = prediction.masked[i];
    token.fake_probability = prediction.fake_probabilities[i];
    token.predicted_fake = token.fake_probability > 0.5f;
    const size_t span = start + i - 1;  // [CLS] is token 0
    if (i > 0 && i + 1 < length && span < spans.size()) {
      token.text = text.substr(spans[span].begin, spans[span].end - spans[span].begin);
      const uint32_t previous_end = span == 0 ? 0 : spans[span - 1].end;
      token.space_before =
          i > 1 && previous_end <= spans[span].begin &&
          HasWhiteSpace(text.substr(previous_end, spans[span].begin - previous_end));
    }
    // By id, not by spelling: a vocabulary may hold one token twice.
    const bool fake = prediction.original_ids[i] != prediction.fake_ids[i];
    report.fakes += fake;
    report.caught += fake && token.predicted_fake;
    report.suspected += !fake && token.predicted_fake;
    report.tokens.push_back(std::move(token));
  }
  return report;
}

}  // namespace electra

#include "client/views/sample_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/text/bidi.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace electra::client {
namespace {

// A terminal that leaves less than this after the indent does not get one.
constexpr int kNarrowestText = 16;

enum class Verdict { kUnremarkable, kCaught, kMissed, kSuspected };

Verdict VerdictOf(const v1::SampleToken& token) {
  if (token.original() != token.fake()) {
    return token.predicted_fake() ? Verdict::kCaught : Verdict::kMissed;
  }
  return token.predicted_fake() ? Verdict::kSuspected : Verdict::kUnremarkable;
}

bool IsShown(Verdict verdict, SampleRows rows) {
  return rows == SampleRows::kAll || (rows == SampleRows::kMissed && verdict == Verdict::kMissed) ||
         (rows == SampleRows::kSuspected && verdict == Verdict::kSuspected);
}

Style StyleOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCaught:
      return Style::kCaught;
    case Verdict::kMissed:
      return Style::kMissed;
    case Verdict::kSuspected:
      return Style::kSuspected;
    case Verdict::kUnremarkable:
      return Style::kPlain;
  }
  return Style::kPlain;
}

std::string_view WithoutContinuation(std::string_view token) {
  return token.size() > 2 && token.substr(0, 2) == "##" ? token.substr(2) : token;
}

// Korean has its marks, O and X, in ASCII too.
const char* MarkOf(Verdict verdict, const SampleViewOptions& options) {
  const bool is_right = verdict == Verdict::kCaught;
  const bool is_ascii =
      options.charset == Charset::kAscii && options.language == Language::kEnglish;
  if (is_ascii) return is_right ? "ok" : "no";
  const Labels& labels = LabelsFor(options.language);
  return is_right ? labels.right : labels.wrong;
}

std::string RenderTokens(const v1::Sample& sample, const SampleViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  Table table({{labels.position, Align::kRight},
               {labels.original_token},
               {labels.fake_token},
               {labels.actual, Align::kCenter},
               {labels.predicted, Align::kCenter},
               {labels.correct, Align::kCenter}});
  for (int position : TablePositions(sample)) {
    const v1::SampleToken& token = sample.tokens(position);
    const Verdict verdict = VerdictOf(token);
    if (!IsShown(verdict, options.rows)) continue;
    const Style style = StyleOf(verdict);
    table.AddRow({absl::StrCat(position),
                  token.original(),
                  {token.fake(), style},
                  {verdict == Verdict::kSuspected ? "-" : "fake", style},
                  {verdict == Verdict::kMissed ? "-" : "fake", style},
                  {MarkOf(verdict, options), style}});
  }
  return table.Render({.width = options.width,
                       .color = options.color,
                       .separator = " | ",
                       .rule = Rule::kUnderHeading});
}

}  // namespace

SampleCounts CountSample(const v1::Sample& sample) {
  SampleCounts counts{.tokens = sample.tokens_size()};
  for (const v1::SampleToken& token : sample.tokens()) {
    const Verdict verdict = VerdictOf(token);
    if (verdict == Verdict::kCaught || verdict == Verdict::kMissed) ++counts.fakes;
    if (verdict == Verdict::kCaught) ++counts.caught;
    if (verdict == Verdict::kSuspected) ++counts.suspected;
  }
  return counts;
}

std::vector<int> TablePositions(const v1::Sample& sample) {
  std::vector<int> positions;
  for (Verdict wanted : {Verdict::kCaught, Verdict::kMissed, Verdict::kSuspected}) {
    for (int i = 0; i < sample.tokens_size(); ++i) {
      if (VerdictOf(sample.tokens(i)) == wanted) positions.push_back(i);
    }
  }
  return positions;
}

StyledText SampleSentence(const v1::Sample& sample, SentenceKind kind) {
  StyledText sentence;
  for (const v1::SampleToken& token : sample.tokens()) {
    const bool changed = token.original() != token.fake();
    if (token.text().empty() && !changed) continue;  // [CLS], [SEP]
    const Style style = StyleOf(VerdictOf(token));
    if (token.space_before() && !sentence.empty()) sentence.Append(" ");
    if (!changed) {
      sentence.Append(token.text(), style);
    } else if (kind == SentenceKind::kFake) {
      sentence.Append(absl::StrCat("(", std::string(WithoutContinuation(token.fake())), ")"),
                      style);
    } else {
      const std::string_view source =
          token.text().empty() ? WithoutContinuation(token.original()) : token.text();
      sentence.Append(absl::StrCat("(", std::string(source), ")"), style);
    }
  }
  return sentence;
}

std::string RenderSentence(std::string_view label, const StyledText& sentence,
                           const SampleViewOptions& options) {
  const int indent = StyledText(label).Width();
  const bool hangs = options.width - indent >= kNarrowestText;
  const int room = options.width <= 0 ? 0 : hangs ? options.width - indent : options.width;
  std::string out(label);
  const std::vector<StyledText> lines = sentence.Wrap(room);
  if (options.width > 0 && !hangs) absl::StrAppend(&out, "\n");
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0 && hangs) out.append(static_cast<size_t>(indent), ' ');
    absl::StrAppend(&out, Isolated(lines[i], options.color), "\n");
  }
  return out;
}

std::string RenderParagraph(std::string_view text, Style style, const SampleViewOptions& options) {
  std::string out;
  for (const StyledText& line : StyledText(text, style).Wrap(options.width)) {
    absl::StrAppend(&out, line.Render(options.color), "\n");
  }
  return out;
}

std::string RenderSampleBody(const v1::Sample& sample, const SampleViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  const SampleCounts counts = CountSample(sample);
  return absl::StrCat(
      RenderSentence(labels.original_sentence, SampleSentence(sample, SentenceKind::kOriginal),
                     options),
      RenderSentence(labels.fake_sentence, SampleSentence(sample, SentenceKind::kFake), options),
      "\n",
      RenderParagraph(absl::Substitute(labels.sample_counts, counts.tokens, counts.wrong(),
                                       counts.fakes, counts.caught),
                      Style::kPlain, options),
      "\n", RenderTokens(sample, options));
}

std::string RenderSample(const v1::Sample& sample, const SampleViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  const std::string heading =
      sample.probe() > 0 ? absl::Substitute(labels.probe_heading, sample.probe(), sample.step())
                         : absl::Substitute(labels.sample_heading, sample.epoch(), sample.step());
  const std::string losses =
      absl::Substitute("Combined Loss $0 -- Generator Loss : $1 -- Discriminator Loss : $2",
                       FormatLoss(sample.combined_loss()), FormatLoss(sample.generator_loss()),
                       FormatLoss(sample.discriminator_loss()));
  return absl::StrCat(RenderParagraph(heading, Style::kStrong, options), "\n",
                      RenderSampleBody(sample, options), "\n",
                      RenderParagraph(losses, Style::kPlain, options));
}

}  // namespace electra::client

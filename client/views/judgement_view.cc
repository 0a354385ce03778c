#include "client/views/judgement_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "client/i18n/report_labels.h"
#include "client/text/table.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

std::string RenderHeading(const JudgementHeading& heading, const SampleViewOptions& options) {
  const ReportLabels& labels = ReportLabelsFor(options.language);
  const std::string model =
      heading.step > 0 ? absl::Substitute(labels.model_at_step, heading.model, heading.step)
                       : heading.model;
  return absl::StrCat(RenderParagraph(absl::Substitute(labels.try_heading, heading.number, model),
                                      Style::kStrong, options),
                      "\n");
}

std::string RenderTruncation(const v1::JudgedText& text, const SampleViewOptions& options) {
  if (!text.truncated()) return "";
  return RenderParagraph(ReportLabelsFor(options.language).truncated, Style::kSuspected, options);
}

bool IsOfText(const v1::SampleToken& token) { return !token.text().empty(); }

StyledText SuspectedSentence(const v1::Sample& sample) {
  StyledText sentence;
  for (const v1::SampleToken& token : sample.tokens()) {
    if (!IsOfText(token)) continue;
    if (token.space_before() && !sentence.empty()) sentence.Append(" ");
    if (token.predicted_fake()) {
      sentence.Append(absl::StrCat("(", token.text(), ")"), Style::kSuspected);
    } else {
      sentence.Append(token.text());
    }
  }
  return sentence;
}

std::string RenderProbabilities(const v1::Sample& sample, const SampleViewOptions& options) {
  const Labels& labels = LabelsFor(options.language);
  const ReportLabels& report = ReportLabelsFor(options.language);
  Table table({{labels.position, Align::kRight},
               {report.token},
               {report.fake_probability, Align::kRight},
               {labels.predicted, Align::kCenter}});
  for (int i = 0; i < sample.tokens_size(); ++i) {
    const v1::SampleToken& token = sample.tokens(i);
    if (!IsOfText(token)) continue;
    const Style style = token.predicted_fake() ? Style::kSuspected : Style::kPlain;
    table.AddRow({absl::StrCat(i),
                  {token.original(), style},
                  {absl::StrFormat("%.3f", token.fake_probability()), style},
                  {token.predicted_fake() ? "fake" : "-", style}});
  }
  return table.Render({.width = options.width,
                       .color = options.color,
                       .separator = " | ",
                       .rule = Rule::kUnderHeading});
}

}  // namespace

std::string RenderFakedText(const v1::JudgedText& text, const JudgementHeading& heading,
                            const SampleViewOptions& options) {
  return absl::StrCat(RenderHeading(heading, options), RenderTruncation(text, options),
                      RenderSampleBody(text.sample(), options));
}

std::string RenderJudgedText(const v1::JudgedText& text, const JudgementHeading& heading,
                             const SampleViewOptions& options) {
  const ReportLabels& labels = ReportLabelsFor(options.language);
  int tokens = 0;
  int suspected = 0;
  for (const v1::SampleToken& token : text.sample().tokens()) {
    tokens += IsOfText(token);
    suspected += IsOfText(token) && token.predicted_fake();
  }
  return absl::StrCat(RenderHeading(heading, options), RenderTruncation(text, options),
                      RenderSentence(labels.sentence, SuspectedSentence(text.sample()), options),
                      "\n",
                      RenderParagraph(absl::Substitute(labels.judge_counts, tokens, suspected),
                                      Style::kPlain, options),
                      "\n", RenderProbabilities(text.sample(), options));
}

}  // namespace electra::client

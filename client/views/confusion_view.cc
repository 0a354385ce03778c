#include "client/views/confusion_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/i18n/report_labels.h"
#include "client/text/format.h"
#include "client/text/table.h"
#include "client/views/training_lines.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

std::string Share(int64_t part, int64_t whole) {
  if (whole == 0) return "-";
  return absl::StrFormat("%.1f%%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string RenderTable(const char* heading, const Table& table, const SampleViewOptions& options) {
  if (table.empty()) return "";
  return absl::StrCat("\n", RenderParagraph(heading, Style::kStrong, options), "\n",
                      table.Render({.width = options.width,
                                    .color = options.color,
                                    .separator = " | ",
                                    .rule = Rule::kUnderHeading}));
}

std::string RenderFaked(const v1::Confusions& confusions, const SampleViewOptions& options) {
  const ReportLabels& labels = ReportLabelsFor(options.language);
  Table table({{labels.token},
               {labels.times, Align::kRight},
               {labels.fakes, Align::kRight},
               {labels.missed, Align::kRight},
               {labels.missed_share, Align::kRight}});
  for (const v1::TokenConfusion& token : confusions.faked()) {
    table.AddRow({token.token(), FormatCount(token.count()), FormatCount(token.fake_count()),
                  FormatCount(token.missed_count()),
                  Share(token.missed_count(), token.fake_count())});
  }
  return RenderTable(labels.faked_heading, table, options);
}

std::string RenderMissed(const v1::Confusions& confusions, const SampleViewOptions& options) {
  const ReportLabels& labels = ReportLabelsFor(options.language);
  const Labels& shared = LabelsFor(options.language);
  Table table({{shared.original_token},
               {shared.fake_token},
               {labels.fakes, Align::kRight},
               {labels.missed, Align::kRight},
               {labels.missed_share, Align::kRight}});
  for (const v1::FakeConfusion& fake : confusions.missed()) {
    table.AddRow({fake.original(), StyledText(fake.fake(), Style::kMissed),
                  FormatCount(fake.fake_count()), FormatCount(fake.missed_count()),
                  Share(fake.missed_count(), fake.fake_count())});
  }
  return RenderTable(labels.missed_heading, table, options);
}

std::string RenderSuspected(const v1::Confusions& confusions, const SampleViewOptions& options) {
  const ReportLabels& labels = ReportLabelsFor(options.language);
  Table table({{labels.token},
               {labels.times, Align::kRight},
               {labels.suspected, Align::kRight},
               {labels.suspected_share, Align::kRight}});
  for (const v1::TokenConfusion& token : confusions.suspected()) {
    // Where it was faked it could not be suspected as an original.
    table.AddRow({StyledText(token.token(), Style::kSuspected), FormatCount(token.count()),
                  FormatCount(token.suspected_count()),
                  Share(token.suspected_count(), token.count() - token.fake_count())});
  }
  return RenderTable(labels.suspected_heading, table, options);
}

}  // namespace

std::string RenderRun(const v1::Job& job, const SampleViewOptions& options) {
  std::string out = RenderParagraph(
      absl::Substitute(ReportLabelsFor(options.language).run_line, job.name(), job.display_name(),
                       StateLabel(job.state(), options.language), job.step(), job.total_steps(),
                       job.model()),
      Style::kStrong, options);
  const auto add = [&](bool is_there, const v1::Evaluation& evaluation) {
    if (!is_there) return;
    absl::StrAppend(&out, RenderParagraph(EvaluationLine(evaluation, options.language),
                                          Style::kPlain, options));
  };
  const int64_t first = job.first_evaluation().step();
  const int64_t best = job.best_evaluation().step();
  const int64_t last = job.last_evaluation().step();
  add(job.has_first_evaluation(), job.first_evaluation());
  add(job.has_best_evaluation() && best != first && best != last, job.best_evaluation());
  add(job.has_last_evaluation() && last != first, job.last_evaluation());
  return out;
}

bool IsOfEvaluation(const v1::Confusions& confusions) {
  return confusions.source() == v1::CONFUSION_SOURCE_LAST_EVALUATION ||
         confusions.source() == v1::CONFUSION_SOURCE_BEST_EVALUATION;
}

std::string RenderConfusions(const v1::Confusions& confusions, const SampleViewOptions& options) {
  const ReportLabels& labels = ReportLabelsFor(options.language);
  const auto line = [&](const std::string& text) {
    return RenderParagraph(text, Style::kPlain, options);
  };
  const bool evaluated = IsOfEvaluation(confusions);
  if (confusions.sample_count() == 0) {
    return line(evaluated ? labels.no_evaluation : labels.no_samples);
  }
  const std::string counted =
      evaluated ? absl::Substitute(labels.evaluation_line, FormatCount(confusions.sample_count()),
                                   confusions.last_step(), FormatCount(confusions.token_count()),
                                   FormatCount(confusions.masked_count()))
                : absl::Substitute(labels.counted_line, FormatCount(confusions.sample_count()),
                                   confusions.first_step(), confusions.last_step(),
                                   FormatCount(confusions.token_count()));
  std::string out = absl::StrCat(
      RenderParagraph(counted, Style::kStrong, options),
      line(absl::Substitute(labels.verdict_line, FormatCount(confusions.fake_count()),
                            FormatCount(confusions.caught_count()),
                            Percent(confusions.caught_count(), confusions.fake_count()),
                            FormatCount(confusions.suspected_count()))));
  if (confusions.is_approximate()) absl::StrAppend(&out, line(labels.approximate));
  absl::StrAppend(&out, RenderFaked(confusions, options), RenderMissed(confusions, options),
                  RenderSuspected(confusions, options));
  return out;
}

}  // namespace electra::client

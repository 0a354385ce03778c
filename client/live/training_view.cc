#include "client/live/training_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "client/i18n/message_values.h"
#include "client/i18n/server_message.h"
#include "client/text/format.h"
#include "client/views/sample_view.h"
#include "client/views/training_lines.h"

namespace electra::client {
namespace {

constexpr int64_t kStepInterval = 10;

}  // namespace

TrainingView::TrainingView(const Options& options)
    : options_(options), labels_(LabelsFor(options.language)) {}

void TrainingView::OnEvent(const v1::TrainingEvent& event) {
  if (disconnected_) Line(labels_.reconnected);
  disconnected_ = false;
  switch (event.kind_case()) {
    case v1::TrainingEvent::kStateChange:
      return ShowState(event);
    case v1::TrainingEvent::kPreparationProgress:
      return ShowPreparationProgress(event.preparation_progress());
    case v1::TrainingEvent::kPreparation:
      return ShowPreparation(event.preparation());
    case v1::TrainingEvent::kStep:
      return ShowStep(event.step());
    case v1::TrainingEvent::kSample:
      return ShowSample(event.sample());
    case v1::TrainingEvent::kEvaluation:
      Line(EvaluationLine(event.evaluation(), options_.language));
      for (const v1::Evaluation& one : event.evaluation().eval_corpora()) {
        Line(EvaluationLine(one, options_.language));
      }
      return;
    case v1::TrainingEvent::kCheckpoint:
      return Line(
          absl::Substitute(labels_.checkpoint, event.checkpoint().step(), event.checkpoint().path(),
                           FormatBytes(event.checkpoint().size_bytes())),
          Style::kFaint);
    case v1::TrainingEvent::kLog:
      return ShowLog(event.log());
    case v1::TrainingEvent::kRewind:
      return;  // the log says why
    case v1::TrainingEvent::KIND_NOT_SET:
      return;  // a kind that a newer server knows
  }
}

void TrainingView::OnConnectionLost(absl::Duration pause, int attempt, int limit) {
  if (options_.progress == Progress::kElsewhere) return;
  disconnected_ = true;
  Line(absl::Substitute(labels_.reconnecting, options_.server,
                        absl::StrFormat("%.1f", absl::ToDoubleSeconds(pause)), attempt, limit));
}

void TrainingView::Line(const std::string& text, Style style) {
  std::ostream& out = *options_.output.stream;
  for (const StyledText& line : StyledText(text, style).Wrap(options_.output.RenderWidth())) {
    out << line.Render(options_.output.color) << "\n";
  }
  out << std::flush;
}

void TrainingView::ShowState(const v1::TrainingEvent& event) {
  const v1::StateChange& change = event.state_change();
  std::string text = absl::Substitute(labels_.state_line, FormatClock(event.time(), options_.zone),
                                      StateLabel(change.to(), options_.language));
  if (!change.reason().empty()) {
    const Message reason = ServerMessage(change.reason(), change.reason_code());
    absl::StrAppend(&text, ": ", InLanguage(reason, options_.language));
  }
  Line(text, change.to() == v1::FAILED ? Style::kMissed : Style::kStrong);
}

void TrainingView::ShowPreparation(const v1::Preparation& preparation) {
  options_.total_steps = preparation.total_steps();
  Line(CorpusLine(preparation, options_.language));
  Line(ModelLine(preparation, options_.language));
}

void TrainingView::ShowPreparationProgress(const v1::PreparationProgress& progress) {
  if (options_.progress == Progress::kElsewhere) return;
  Line(absl::Substitute(
      progress.phase() == v1::PreparationProgress::VOCABULARY ? labels_.reading_words
                                                              : labels_.tokenizing,
      Percent(progress.read_bytes(), progress.size_bytes()), FormatCount(progress.sample_count())));
}

void TrainingView::ShowStep(const v1::StepMetrics& step) {
  pace_.Add(step);
  if (options_.progress == Progress::kElsewhere) return;
  const int64_t left = options_.total_steps - step.step();
  if (step.step() != 1 && step.step() % kStepInterval != 0 && left != 0) return;
  std::string text = absl::Substitute(
      labels_.progress, step.step(), options_.total_steps, step.epoch(),
      FormatLoss(step.combined_loss()), FormatLoss(step.generator_loss()),
      FormatLoss(step.discriminator_loss()), absl::StrFormat("%.0f", step.tokens_per_second()));
  if (step.ranks() > 1) {
    absl::StrAppend(
        &text, " · ",
        absl::Substitute(labels_.rank_rates, step.ranks(),
                         absl::StrFormat("%.0f", step.slowest_rank_tokens_per_second())));
  }
  if (const auto time = pace_.Left(left)) {
    absl::SubstituteAndAppend(&text, labels_.time_left, FormatElapsed(*time));
  }
  Line(text);
}

void TrainingView::ShowSample(const v1::Sample& sample) {
  *options_.output.stream << "\n"
                          << RenderSample(sample, {.language = options_.language,
                                                   .width = options_.output.RenderWidth(),
                                                   .color = options_.output.color,
                                                   .charset = options_.output.charset})
                          << "\n"
                          << std::flush;
}

void TrainingView::ShowLog(const v1::LogMessage& log) {
  const std::string text = InLanguage(ServerMessage(log.text(), log.code()), options_.language);
  switch (log.severity()) {
    case v1::LogMessage::WARNING:
      return Line(absl::StrCat(labels_.warning, text), Style::kSuspected);
    case v1::LogMessage::ERROR:
      return Line(absl::StrCat(labels_.error, text), Style::kMissed);
    default:
      return Line(text);
  }
}

}  // namespace electra::client

#include "client/render/training_view.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "client/render/display_width.h"
#include "client/render/format.h"
#include "client/render/sample_view.h"

namespace electra::client {
namespace {

// Where nothing is written over, every tenth step is enough.
constexpr int64_t kPlainStepInterval = 10;
// The weight of the newest step in the mean from which the time left is computed.
constexpr double kNewestShare = 0.1;

std::string Share(double share) { return absl::StrFormat("%.3f", share); }

std::string PercentOf(int64_t part, int64_t whole) {
  const double percent =
      whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
  return absl::StrFormat("%.2f", percent);
}

}  // namespace

std::string EvaluationLine(const v1::Evaluation& evaluation, Language language) {
  const Labels& labels = LabelsFor(language);
  return absl::StrCat(
      absl::Substitute(labels.evaluation, evaluation.step(), FormatLoss(evaluation.combined_loss()),
                       FormatLoss(evaluation.generator_loss()),
                       FormatLoss(evaluation.discriminator_loss())),
      absl::Substitute(
          labels.evaluation_quality, Share(evaluation.generator_accuracy()),
          Share(evaluation.discriminator_precision()), Share(evaluation.discriminator_recall()),
          Share(evaluation.discriminator_f1()), Share(evaluation.discriminator_accuracy())));
}

std::string CorpusLine(const v1::Preparation& preparation, Language language) {
  const Labels& labels = LabelsFor(language);
  std::string line = absl::Substitute(
      labels.corpus_line, FormatCount(preparation.sample_count()),
      FormatCount(preparation.sequence_count()), FormatCount(preparation.train_sequence_count()),
      FormatCount(preparation.validation_sequence_count()), FormatCount(preparation.token_count()));
  absl::SubstituteAndAppend(
      &line, labels.unknown_line, FormatCount(preparation.unknown_token_count()),
      PercentOf(preparation.unknown_token_count(), preparation.token_count()));
  if (preparation.split_sample_count() > 0) {
    absl::SubstituteAndAppend(&line, labels.split_line,
                              FormatCount(preparation.split_sample_count()));
  }
  if (preparation.truncated_sample_count() > 0) {
    absl::SubstituteAndAppend(&line, labels.truncated_line,
                              FormatCount(preparation.truncated_sample_count()));
  }
  return line;
}

std::string ModelLine(const v1::Preparation& preparation, Language language) {
  return absl::Substitute(LabelsFor(language).model_line, FormatCount(preparation.vocab_size()),
                          FormatCount(preparation.parameter_count()), preparation.device(),
                          FormatCount(preparation.total_steps()));
}

TrainingView::TrainingView(const Options& options)
    : options_(options),
      labels_(LabelsFor(options.language)),
      progress_(options.output, options.now) {}

void TrainingView::OnEvent(const v1::TrainingEvent& event) {
  if (disconnected_) {
    disconnected_ = false;
    if (!options_.output.is_terminal) Line(labels_.reconnected);
  }
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
      return Line(EvaluationLine(event.evaluation(), options_.language));
    case v1::TrainingEvent::kCheckpoint:
      return Line(
          absl::Substitute(labels_.checkpoint, event.checkpoint().step(), event.checkpoint().path(),
                           FormatBytes(event.checkpoint().size_bytes())),
          Style::kFaint);
    case v1::TrainingEvent::kLog:
      return ShowLog(event.log());
    case v1::TrainingEvent::KIND_NOT_SET:
      return;  // a kind that a newer server knows
  }
}

void TrainingView::OnConnectionLost(absl::Duration pause, int attempt, int limit) {
  disconnected_ = true;
  const std::string text =
      absl::Substitute(labels_.reconnecting, options_.server,
                       absl::StrFormat("%.1f", absl::ToDoubleSeconds(pause)), attempt, limit);
  if (options_.output.is_terminal) {
    progress_.Show(text);
  } else {
    Line(text);
  }
}

void TrainingView::Finish() {
  progress_text_.clear();
  progress_.Clear();
}

void TrainingView::Line(const std::string& text, Style style) {
  progress_.Clear();
  std::ostream& out = *options_.output.stream;
  for (const StyledText& line : StyledText(text, style).Wrap(options_.output.RenderWidth())) {
    out << line.Render(options_.output.color) << "\n";
  }
  out << std::flush;
  if (!progress_text_.empty()) progress_.Update(progress_text_);
}

void TrainingView::ShowState(const v1::TrainingEvent& event) {
  const v1::StateChange& change = event.state_change();
  if (change.to() != v1::RUNNING) progress_text_.clear();
  std::string text = absl::Substitute(labels_.state_line, FormatClock(event.time(), options_.zone),
                                      StateLabel(change.to(), options_.language));
  if (!change.reason().empty()) absl::StrAppend(&text, ": ", change.reason());
  Line(text, change.to() == v1::FAILED ? Style::kMissed : Style::kStrong);
}

void TrainingView::ShowPreparation(const v1::Preparation& preparation) {
  options_.total_steps = preparation.total_steps();
  Line(CorpusLine(preparation, options_.language));
  Line(ModelLine(preparation, options_.language));
}

void TrainingView::ShowPreparationProgress(const v1::PreparationProgress& progress) {
  const std::string text = absl::Substitute(
      progress.phase() == v1::PreparationProgress::VOCABULARY ? labels_.reading_words
                                                              : labels_.tokenizing,
      Percent(progress.read_bytes(), progress.size_bytes()), FormatCount(progress.sample_count()));
  if (!options_.output.is_terminal) return Line(text);
  progress_text_ = text;
  progress_.Update(progress_text_);
}

std::string TrainingView::ProgressText(const char* form, const v1::StepMetrics& step) const {
  std::string text = absl::Substitute(
      form, step.step(), options_.total_steps, step.epoch(), FormatLoss(step.combined_loss()),
      FormatLoss(step.generator_loss()), FormatLoss(step.discriminator_loss()),
      absl::StrFormat("%.0f", step.tokens_per_second()));
  const int64_t left = options_.total_steps - step.step();
  if (left > 0 && seconds_per_step_ > 0) {
    absl::SubstituteAndAppend(
        &text, labels_.time_left,
        FormatElapsed(absl::Seconds(seconds_per_step_ * static_cast<double>(left))));
  }
  return text;
}

void TrainingView::ShowStep(const v1::StepMetrics& step) {
  if (std::isfinite(step.step_seconds()) && step.step_seconds() > 0) {
    seconds_per_step_ = seconds_per_step_ > 0 ? (1 - kNewestShare) * seconds_per_step_ +
                                                    kNewestShare * step.step_seconds()
                                              : step.step_seconds();
  }
  if (options_.output.is_terminal) {
    progress_text_ = ProgressText(labels_.progress, step);
    if (DisplayWidth(progress_text_) >= options_.output.width()) {
      progress_text_ = ProgressText(labels_.progress_short, step);
    }
    progress_.Update(progress_text_);
  } else if (step.step() == 1 || step.step() % kPlainStepInterval == 0 ||
             step.step() == options_.total_steps) {
    Line(ProgressText(labels_.progress, step));
  }
}

void TrainingView::ShowSample(const v1::Sample& sample) {
  progress_.Clear();
  *options_.output.stream << "\n"
                          << RenderSample(sample, {.language = options_.language,
                                                   .width = options_.output.RenderWidth(),
                                                   .color = options_.output.color})
                          << "\n"
                          << std::flush;
  if (!progress_text_.empty()) progress_.Update(progress_text_);
}

void TrainingView::ShowLog(const v1::LogMessage& log) {
  switch (log.severity()) {
    case v1::LogMessage::WARNING:
      return Line(absl::StrCat(labels_.warning, log.text()), Style::kSuspected);
    case v1::LogMessage::ERROR:
      return Line(absl::StrCat(labels_.error, log.text()), Style::kMissed);
    default:
      return Line(log.text());
  }
}

}  // namespace electra::client

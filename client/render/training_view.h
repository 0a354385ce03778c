// A job's events as people read them: lines, sample tables, and on a terminal a progress line
// between them.
//
//   TrainingView view({.output = environment.out, .now = environment.now, ...});
//   FollowJob(connection, environment, options, view);
//   view.Finish();
//
// Thread safety: one thread. Ownership: borrows the output.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "client/environment.h"
#include "client/render/labels.h"
#include "client/render/progress_line.h"
#include "client/watcher.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

// "Combined 2.225 ...": the lines of an evaluation and of what a corpus became, without newline.
std::string EvaluationLine(const v1::Evaluation& evaluation, Language language);
std::string CorpusLine(const v1::Preparation& preparation, Language language);
std::string ModelLine(const v1::Preparation& preparation, Language language);

class TrainingView : public EventSink {
 public:
  struct Options {
    Output& output;
    std::function<absl::Time()> now;
    absl::TimeZone zone;
    Language language = Language::kKorean;
    std::string server;       // named when its connection is lost
    int64_t total_steps = 0;  // where the stream is joined after PREPARING; 0: it will say
  };

  explicit TrainingView(const Options& options);

  void OnEvent(const v1::TrainingEvent& event) override;
  void OnConnectionLost(absl::Duration pause, int attempt, int limit) override;

  // Takes the progress line away.
  void Finish();

 private:
  void Line(const std::string& text, Style style = Style::kPlain);
  void ShowState(const v1::TrainingEvent& event);
  void ShowPreparation(const v1::Preparation& preparation);
  void ShowPreparationProgress(const v1::PreparationProgress& progress);
  void ShowStep(const v1::StepMetrics& step);
  void ShowSample(const v1::Sample& sample);
  void ShowLog(const v1::LogMessage& log);
  std::string ProgressText(const char* form, const v1::StepMetrics& step) const;

  Options options_;
  const Labels& labels_;
  ProgressLine progress_;
  std::string progress_text_;  // put back after a line is written
  double seconds_per_step_ = 0;
  bool disconnected_ = false;
};

}  // namespace electra::client

// A job's events as a readable log: lines and sample tables, never overwritten.
//
//   TrainingView view({.output = environment.out, .zone = environment.zone, ...});
//   FollowJob(connection, environment, options, view);
//
// Not thread-safe. Ownership: borrows the output.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "client/environment/environment.h"
#include "client/i18n/labels.h"
#include "client/live/watcher.h"
#include "client/views/step_pace.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

// Where steps, the progress of the preparation and the state of the connection are shown.
enum class Progress {
  kInLog,      // every tenth step is enough
  kElsewhere,  // in rows outside of the log
};

class TrainingView : public EventSink {
 public:
  struct Options {
    Output& output;
    absl::TimeZone zone;
    Language language = Language::kKorean;
    Progress progress = Progress::kInLog;
    std::string server;       // named when its connection is lost
    int64_t total_steps = 0;  // where the stream is joined after PREPARING; 0: it will say
  };

  explicit TrainingView(const Options& options);

  void OnEvent(const v1::TrainingEvent& event) override;
  void OnConnectionLost(absl::Duration pause, int attempt, int limit) override;

 private:
  void Line(const std::string& text, Style style = Style::kPlain);
  void ShowState(const v1::TrainingEvent& event);
  void ShowPreparation(const v1::Preparation& preparation);
  void ShowPreparationProgress(const v1::PreparationProgress& progress);
  void ShowStep(const v1::StepMetrics& step);
  void ShowSample(const v1::Sample& sample);
  void ShowLog(const v1::LogMessage& log);

  Options options_;
  const Labels& labels_;
  StepPace pace_;
  bool disconnected_ = false;
};

}  // namespace electra::client

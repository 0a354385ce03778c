// Several runs side by side: differing settings, curves in one plot, evaluations, and each run's
// results for the same probe sentences.
//
//   out << RenderComparison(runs, {.language = Language::kEnglish, .width = 80});
//
// Runs are named A, B, C, ... Thread safety: pure functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/i18n/labels.h"
#include "client/text/styled_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

struct ComparedRun {
  v1::Job job;
  std::vector<v1::StepMetrics> steps;  // as many as a plot shows
  std::vector<v1::Sample> probes;      // of its last sampled step, by number
};

struct CompareViewOptions {
  Language language = Language::kKorean;
  int width = 80;
  ColorMode color = ColorMode::kOff;
};

// "A", "B", ... for the first 26 runs.
std::string RunLetter(size_t index);

// Names of model, corpus and hyperparameters whose values differ between runs, with each run's
// value ("" if it has none).
std::map<std::string, std::vector<std::string>> DifferingSettings(
    const std::vector<ComparedRun>& runs);

std::string RenderComparison(const std::vector<ComparedRun>& runs,
                             const CompareViewOptions& options);

}  // namespace electra::client

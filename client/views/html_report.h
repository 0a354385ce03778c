// A run as one HTML page that needs nothing else: curves, sentences, confusions, settings.
//
//   HtmlReport report(job, Language::kKorean);
//   report.Add(step); ... report.Add(evaluation); ... report.Add(sample); ...
//   report.Add(confusions); ...
//   out << report.Render();
//
// Texts of the corpus are hostile: they are only in a JSON block that no parser takes for HTML, the
// page's script makes text nodes of them, and its Content-Security-Policy runs that script alone
// and loads nothing. The size is bounded: curves of losses keep the extremes of a thousand stretches
// of steps, those of rates sums over such, and of more samples than kMostSamples those of evenly
// spread steps are kept.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/i18n/labels.h"
#include "client/text/curve.h"
#include "client/text/rate_curve.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"
#include "nlohmann/json.hpp"

namespace electra::client {

class HtmlReport {
 public:
  static constexpr size_t kMostSamples = 10'000;

  HtmlReport(const v1::Job& job, Language language);

  // Each kind in order of steps.
  void Add(const v1::StepMetrics& step);
  void Add(const v1::Evaluation& evaluation);
  void Add(const v1::Sample& sample);
  // Of one source each, the one to be shown first at the beginning.
  void Add(const v1::Confusions& confusions);

  std::string Render() const;

 private:
  // A sample as JSON, with the number (from 0) of its step among those that have samples.
  struct KeptSample {
    int64_t ordinal = 0;
    std::string json;
  };

  void ThinOut();

  const v1::Job job_;
  const Language language_;
  std::map<std::string, Curve> losses_;
  std::map<std::string, RateCurve> rates_;
  nlohmann::json evaluations_ = nlohmann::json::array();
  std::map<std::string, nlohmann::json> corpus_evaluations_;  // by evaluation corpus
  std::vector<KeptSample> samples_;
  int64_t recorded_samples_ = 0;
  int64_t last_step_ = -1;     // of the last sample
  int64_t last_ordinal_ = -1;  // its step's
  int64_t stride_ = 1;         // of the steps with samples one in so many is kept
  nlohmann::json confusions_ = nlohmann::json::array();
};

}  // namespace electra::client

// A run as one HTML page: curves, sentences, confusions, settings. A report's page needs nothing
// else; a live one receives updates.
//
//   HtmlReport report(job, Language::kKorean);
//   report.Add(step); ... report.Add(evaluation); ... report.Add(sample); ...
//   report.Add(confusions); ...
//   out << report.Render();
//
// Texts of the corpus are hostile: page_fill.h says how they are contained. The size is bounded:
// loss curves keep the extremes of a thousand stretches of steps, rate curves keep sums over
// stretches, and of more samples than kMostSamples, only those of evenly spread steps are kept.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
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
  // From one source each; begin with the one to show first.
  void Add(const v1::Confusions& confusions);

  // The job as it is now.
  void Set(const v1::Job& job) { job_ = job; }
  const v1::Job& job() const { return job_; }
  void ClearConfusions();
  // Steps after `step` are no longer part of the run. If samples were left out, their number is an
  // estimate from then on.
  void DropAfter(int64_t step);

  std::string Render() const;

  // The page of a job on `server` that asks the client, at its own address, for updates.
  std::string RenderLive(const std::string& server) const;
  // For a live page, as JSON: all data, and the same with `samples` instead of all samples.
  std::string Data() const;
  std::string NewData(const std::vector<v1::Sample>& samples) const;
  // One in this many of the steps with samples is kept. When it grows, NewData() is not enough.
  int64_t stride() const { return stride_; }

 private:
  // A sample as JSON, with the number (from 0) of its step among the steps with samples.
  struct KeptSample {
    int64_t ordinal = 0;
    int64_t step = 0;
    std::string json;
  };

  void ThinOut();
  nlohmann::json Numbers() const;
  nlohmann::json Settings() const;
  std::string WithSamples(const nlohmann::json& page) const;
  std::string PageTitle() const;
  std::string Page(const std::string& title, std::string_view script,
                   const std::string& server) const;

  v1::Job job_;
  const Language language_;
  std::map<std::string, Curve> losses_;
  std::map<std::string, RateCurve> rates_;
  nlohmann::json evaluations_ = nlohmann::json::array();
  std::map<std::string, nlohmann::json> corpus_evaluations_;  // by evaluation corpus
  std::vector<KeptSample> samples_;
  int64_t recorded_samples_ = 0;
  int64_t last_step_ = -1;     // of the last sample
  int64_t last_ordinal_ = -1;  // its step's
  int64_t stride_ = 1;         // one in so many of the steps with samples is kept
  nlohmann::json confusions_ = nlohmann::json::array();
};

}  // namespace electra::client

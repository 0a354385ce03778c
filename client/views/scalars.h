// The numbers of a step and of an evaluation under their names in trackers.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/text/rate_curve.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

// From a step or an evaluation. Nothing where it is undefined, as without fakes.
template <typename Message>
std::optional<double> PrecisionOf(const Message& message) {
  if (!message.has_discriminator_precision()) return std::nullopt;
  return message.discriminator_precision();
}
template <typename Message>
std::optional<double> RecallOf(const Message& message) {
  if (!message.has_discriminator_recall()) return std::nullopt;
  return message.discriminator_recall();
}
inline std::optional<double> F1Of(const v1::Evaluation& evaluation) {
  if (!evaluation.has_discriminator_f1()) return std::nullopt;
  return evaluation.discriminator_f1();
}

// The ratios of a step's rates, for a RateCurve. From an older daemon, which did not record counts,
// each step's rate has the same weight.
Ratio PrecisionRatio(const v1::StepMetrics& step);
Ratio RecallRatio(const v1::StepMetrics& step);
Ratio GeneratorAccuracyRatio(const v1::StepMetrics& step);
Ratio DiscriminatorAccuracyRatio(const v1::StepMetrics& step);

using Scalars = std::vector<std::pair<std::string, double>>;

// All defined numbers of the message except `step`: {"combined_loss", 2.2}, ...; `prefix` before
// each name.
Scalars ScalarsOf(const google::protobuf::Message& message, const std::string& prefix);

// Seconds since 1970 at the end of each step: the history has a step's duration, not its time.
class StepClock {
 public:
  void Start(const v1::Job& job);
  double Advance(const v1::StepMetrics& step);
  // When the step of an evaluation or a sample ended. Steps after the last count as the last.
  double At(int64_t step) const;

 private:
  double start_ = 0;
  double elapsed_ = 0;
  std::vector<std::pair<int64_t, double>> times_;  // by step
};

// Name and value of each setting, sorted.
std::vector<std::pair<std::string, std::string>> SettingsOf(const v1::Job& job);

}  // namespace electra::client

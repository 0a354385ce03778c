#include "client/views/scalars.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "client/text/format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace electra::client {
namespace {

// Bounds of a Timestamp, as its definition has them: years 1 to 9999.
constexpr int64_t kFirstSecond = -62'135'596'800;
constexpr int64_t kLastSecond = 253'402'300'799;

Ratio RatioOf(int64_t part, int64_t whole) {
  return {.part = static_cast<double>(part), .whole = static_cast<double>(whole)};
}

Ratio SingleRatio(std::optional<double> rate) {
  return rate ? Ratio{.part = *rate, .whole = 1} : Ratio();
}

}  // namespace

Ratio PrecisionRatio(const v1::StepMetrics& step) {
  if (!step.has_counts()) return SingleRatio(PrecisionOf(step));
  const v1::TokenCounts& counts = step.counts();
  return RatioOf(counts.caught_count(), counts.caught_count() + counts.suspected_count());
}

Ratio RecallRatio(const v1::StepMetrics& step) {
  if (!step.has_counts()) return SingleRatio(RecallOf(step));
  return RatioOf(step.counts().caught_count(), step.counts().fake_count());
}

Ratio GeneratorAccuracyRatio(const v1::StepMetrics& step) {
  if (!step.has_counts()) return SingleRatio(step.generator_accuracy());
  return RatioOf(step.counts().generator_correct_count(), step.counts().masked_count());
}

Ratio DiscriminatorAccuracyRatio(const v1::StepMetrics& step) {
  if (!step.has_counts()) return SingleRatio(step.discriminator_accuracy());
  return RatioOf(step.counts().discriminator_correct_count(), step.counts().token_count());
}

Scalars ScalarsOf(const google::protobuf::Message& message, const std::string& prefix) {
  using google::protobuf::FieldDescriptor;
  Scalars scalars;
  const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (field.is_repeated() || field.name() == "step") continue;
    if (field.has_presence() && !reflection.HasField(message, &field)) continue;
    const std::string name = absl::StrCat(prefix, field.name());
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE:
        scalars.emplace_back(name, reflection.GetDouble(message, &field));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        scalars.emplace_back(name, reflection.GetInt32(message, &field));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        scalars.emplace_back(name, static_cast<double>(reflection.GetInt64(message, &field)));
        break;
      default:
        break;
    }
  }
  return scalars;
}

void StepClock::Start(const v1::Job& job) {
  const google::protobuf::Timestamp& time =
      job.has_start_time() ? job.start_time() : job.create_time();
  start_ = static_cast<double>(std::clamp(time.seconds(), kFirstSecond, kLastSecond)) +
           1e-9 * time.nanos();
}

double StepClock::Advance(const v1::StepMetrics& step) {
  if (std::isfinite(step.step_seconds()) && step.step_seconds() > 0) {
    elapsed_ = std::min(elapsed_ + step.step_seconds(), static_cast<double>(kLastSecond));
  }
  times_.emplace_back(step.step(), start_ + elapsed_);
  return start_ + elapsed_;
}

double StepClock::At(int64_t step) const {
  const auto after = std::upper_bound(
      times_.begin(), times_.end(), step,
      [](int64_t wanted, const std::pair<int64_t, double>& time) { return wanted < time.first; });
  return after == times_.begin() ? start_ : (after - 1)->second;
}

std::vector<std::pair<std::string, std::string>> SettingsOf(const v1::Job& job) {
  std::map<std::string, std::string> sorted;
  for (const auto& [key, value] : job.hyperparameters().fields()) {
    switch (value.kind_case()) {
      case google::protobuf::Value::kNumberValue:
        sorted[key] = FormatNumber(value.number_value());
        break;
      case google::protobuf::Value::kBoolValue:
        sorted[key] = value.bool_value() ? "true" : "false";
        break;
      case google::protobuf::Value::kStringValue:
        sorted[key] = value.string_value();
        break;
      default:
        sorted[key] = value.ShortDebugString();
    }
  }
  sorted["model"] = job.model();
  sorted["corpus"] = job.corpus();
  return {sorted.begin(), sorted.end()};
}

}  // namespace electra::client

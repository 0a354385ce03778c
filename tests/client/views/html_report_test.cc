#include "client/views/html_report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;

// One fake a batch, caught in every fourth.
v1::StepMetrics StepWithOneFake(int64_t step, bool has_counts) {
  const bool is_caught = step % 4 == 0;
  v1::StepMetrics metrics;
  metrics.set_step(step);
  metrics.set_discriminator_recall(is_caught ? 1 : 0);
  if (!has_counts) return metrics;
  metrics.mutable_counts()->set_fake_count(1);
  metrics.mutable_counts()->set_caught_count(is_caught ? 1 : 0);
  return metrics;
}

// As a daemon records them now, and as one did that recorded rates alone.
TEST(HtmlReport, CurvesOfRatesDoNotFlipFromBatchToBatch) {
  for (const bool has_counts : {true, false}) {
    HtmlReport report(v1::Job(), Language::kEnglish);
    for (int64_t step = 1; step <= 22; ++step) report.Add(StepWithOneFake(step, has_counts));
    EXPECT_THAT(report.Render(),
                HasSubstr("\"discriminator_recall\":[[20,0.25],[21,0.25],[22,0.25]]"));
  }
}

}  // namespace
}  // namespace electra::client

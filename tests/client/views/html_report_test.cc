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

// As a current daemon records them, and as an older one that recorded only rates.
TEST(HtmlReport, CurvesOfRatesDoNotFlipFromBatchToBatch) {
  for (const bool has_counts : {true, false}) {
    HtmlReport report(v1::Job(), Language::kEnglish);
    for (int64_t step = 1; step <= 22; ++step) report.Add(StepWithOneFake(step, has_counts));
    EXPECT_THAT(report.Render(),
                HasSubstr("\"discriminator_recall\":[[20,0.25],[21,0.25],[22,0.25]]"));
  }
}

TEST(HtmlReport, FineTuningsHaveARowForEachModel) {
  v1::Job job;
  v1::Finetuning& finetuning = *job.add_finetunings();
  finetuning.set_corpus_display_name("reviews.tsv");
  finetuning.set_label_column("stars");
  finetuning.mutable_base()->set_run_count(5);
  finetuning.mutable_base()->set_macro_f1_mean(0.5);
  finetuning.mutable_adapted()->set_run_count(5);
  finetuning.mutable_adapted()->set_macro_f1_mean(0.75);
  finetuning.mutable_adapted()->set_macro_f1_deviation(0.25);
  const auto page = nlohmann::json::parse(HtmlReport(job, Language::kEnglish).Data());
  ASSERT_EQ(page["finetunings"].size(), 2);
  EXPECT_EQ(page["finetunings"][0]["model"], "finetuned_base");
  EXPECT_EQ(page["finetunings"][1]["task"], "reviews.tsv:stars");
  EXPECT_EQ(page["finetunings"][1]["macro_f1"], nlohmann::json({0.75, 0.25}));
}

v1::Sample SampleOf(int64_t step) {
  v1::Sample sample;
  sample.set_step(step);
  return sample;
}

TEST(HtmlReport, LaterStepsAreForgottenWhereTheRunGoesBack) {
  HtmlReport report(v1::Job(), Language::kEnglish);
  for (const int64_t step : {10, 20, 30}) {
    report.Add(StepWithOneFake(step, true));
    v1::Evaluation evaluation;
    evaluation.set_step(step);
    report.Add(evaluation);
    report.Add(SampleOf(step));
  }
  report.DropAfter(20);
  const auto page = nlohmann::json::parse(report.Data());
  EXPECT_EQ(page["samples"].size(), 2);
  EXPECT_EQ(page["recorded_samples"], 2);
  EXPECT_EQ(page["evaluations"].size(), 2);
  EXPECT_EQ(page["evaluations"][1][0], 20);
  EXPECT_EQ(page["curves"]["combined_loss"].size(), 2);
}

TEST(HtmlReport, NewDataHasTheNewSamplesAlone) {
  HtmlReport report(v1::Job(), Language::kEnglish);
  report.Add(SampleOf(10));
  report.Add(SampleOf(20));
  const auto page = nlohmann::json::parse(report.NewData({SampleOf(20)}));
  ASSERT_EQ(page["samples"].size(), 1);
  EXPECT_EQ(page["samples"][0]["step"], 20);
  EXPECT_EQ(page["recorded_samples"], 2);
}

}  // namespace
}  // namespace electra::client

// Writes pages for report_page_test.py: a small one, and one of 100,000 steps and 10,000 samples.
// Both hold the texts that a hostile corpus would.
//
//   report_page_tool small|large ko|en FILE
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/views/html_report.h"
#include "tests/client/samples.h"

namespace electra::client {
namespace {

constexpr char kHostile[] = "</script ><script>window.hacked=1</script>";

v1::Sample HostileSample(int64_t step) {
  v1::Sample sample = SampleWithEveryVerdict();
  sample.set_step(step);
  sample.mutable_tokens(3)->set_text(kHostile);
  sample.mutable_tokens(6)->set_fake("<img src=x onerror=\"window.hacked=1\">");
  sample.mutable_tokens(9)->set_fake("\u202Eevil\u2028");
  sample.set_fake_count(3);
  sample.set_caught_count(2);
  sample.set_suspected_count(2);
  return sample;
}

// Two, or five with the fourth the best.
std::vector<v1::Evaluation> Evaluations(int64_t steps, bool many) {
  const std::vector<double> losses =
      many ? std::vector<double>{30, 12, 4, 1.5, 2} : std::vector<double>{30, 2};
  std::vector<v1::Evaluation> evaluations(losses.size());
  for (size_t i = 0; i < losses.size(); ++i) {
    evaluations[i].set_step(static_cast<int64_t>(i) * steps /
                            static_cast<int64_t>(losses.size() - 1));
    evaluations[i].set_combined_loss(losses[i]);
  }
  return evaluations;
}

HtmlReport MakeReport(int64_t steps, int64_t samples, Language language) {
  v1::Job job;
  job.set_name("jobs/7f3a");
  job.set_display_name(kHostile);
  job.set_state(v1::SUCCEEDED);
  job.set_step(steps);
  job.set_total_steps(steps);
  job.set_model("models/small");
  job.set_corpus("corpora/7a");
  job.set_corpus_display_name("books.csv");
  const std::vector<v1::Evaluation> evaluations = Evaluations(steps, samples > 100);
  *job.mutable_best_evaluation() = *std::min_element(
      evaluations.begin(), evaluations.end(),
      [](const auto& a, const auto& b) { return a.combined_loss() < b.combined_loss(); });
  (*job.mutable_hyperparameters()->mutable_fields())["device"].set_string_value(kHostile);
  if (samples <= 100) {  // a fine-tuned model, too
    v1::Finetuning& finetuning = *job.add_finetunings();
    finetuning.set_corpus_display_name("reviews.tsv");
    finetuning.set_label_column(kHostile);
    for (v1::FinetuningScores* scores : {finetuning.mutable_base(), finetuning.mutable_adapted()}) {
      scores->set_run_count(5);
      scores->set_macro_f1_mean(scores == &finetuning.base() ? 0.5 : 0.75);
      scores->set_macro_f1_deviation(0.01);
    }
  }
  HtmlReport report(job, language);
  for (int64_t step = 1; step <= steps; ++step) {
    const auto x = static_cast<double>(step) / static_cast<double>(steps);
    v1::StepMetrics metrics;
    metrics.set_step(step);
    metrics.set_combined_loss(30 * std::exp(-3 * x) + std::sin(50 * x));
    metrics.set_generator_loss(9 * std::exp(-2 * x));
    metrics.set_discriminator_loss(0.4 * std::exp(-x));
    metrics.set_generator_accuracy(x / 2);
    metrics.set_discriminator_precision(x);
    metrics.set_discriminator_recall(x * x);
    report.Add(metrics);
  }
  for (const v1::Evaluation& evaluation : evaluations) report.Add(evaluation);
  for (int64_t i = 1; i <= samples; ++i) report.Add(HostileSample(i * steps / samples));
  v1::Confusions confusions;
  confusions.set_sample_count(samples);
  confusions.set_first_step(1);
  confusions.set_last_step(steps);
  v1::FakeConfusion* missed = confusions.add_missed();
  missed->set_original("안드로이드");
  missed->set_fake("<b>윈도우</b>");
  missed->set_fake_count(4);
  missed->set_missed_count(3);
  v1::TokenConfusion token;
  token.set_token("##데이터베이스");
  token.set_count(12'345);
  token.set_fake_count(1'234);
  token.set_missed_count(123);
  token.set_suspected_count(1'111);
  *confusions.add_faked() = token;
  *confusions.add_suspected() = token;
  v1::Confusions evaluation = confusions;
  evaluation.set_source(v1::CONFUSION_SOURCE_LAST_EVALUATION);
  evaluation.set_first_step(steps);
  evaluation.set_sample_count(44);
  evaluation.set_token_count(1320);
  evaluation.set_masked_count(211);
  evaluation.mutable_missed(0)->set_fake("리눅스");
  report.Add(evaluation);
  report.Add(confusions);
  return report;
}

int Run(const std::string& size, const std::string& language, const char* path) {
  const bool large = size == "large";
  const HtmlReport report = MakeReport(large ? 100'000 : 120, large ? 10'000 : 12,
                                       language == "ko" ? Language::kKorean : Language::kEnglish);
  std::ofstream out(path, std::ios::binary);
  out << report.Render();
  out.close();
  return out ? 0 : 1;
}

}  // namespace
}  // namespace electra::client

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: report_page_tool small|large ko|en FILE\n";
    return 2;
  }
  return electra::client::Run(argv[1], argv[2], argv[3]);
}

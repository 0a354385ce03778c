#include "server/jobs/finetuning_message.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/message_code.h"

namespace electra::server {
namespace {

struct Spread {
  double mean = 0;
  double deviation = 0;  // of the sample
};

Spread SpreadOf(const std::vector<double>& values) {
  Spread spread;
  const auto count = static_cast<double>(values.size());
  for (double value : values) spread.mean += value / count;
  if (values.size() < 2) return spread;
  for (double value : values) spread.deviation += std::pow(value - spread.mean, 2) / (count - 1);
  spread.deviation = std::sqrt(spread.deviation);
  return spread;
}

v1::FinetuningScores ScoresOf(const FinetuningRow& row, v1::FinetunedModel model) {
  std::vector<double> accuracies;
  std::vector<double> f1s;
  for (const FinetuningRunRow& run : row.runs) {
    if (run.model != model) continue;
    accuracies.push_back(run.accuracy);
    f1s.push_back(run.macro_f1);
  }
  const Spread accuracy = SpreadOf(accuracies);
  const Spread f1 = SpreadOf(f1s);
  v1::FinetuningScores scores;
  scores.set_run_count(static_cast<int32_t>(f1s.size()));
  scores.set_accuracy_mean(accuracy.mean);
  scores.set_accuracy_deviation(accuracy.deviation);
  scores.set_macro_f1_mean(f1.mean);
  scores.set_macro_f1_deviation(f1.deviation);
  return scores;
}

void FillSettings(const FinetuningRow& row, v1::FinetuningSettings* settings) {
  settings->set_seed_count(static_cast<int32_t>(row.seed_count));
  settings->set_epochs(row.epochs);
  settings->set_learning_rate(row.learning_rate);
  settings->set_batch_size(static_cast<int32_t>(row.batch_size));
  settings->set_max_length(static_cast<int32_t>(row.max_length));
  settings->set_test_percentage(row.test_percentage);
}

void AddRun(const FinetuningRunRow& row, v1::Finetuning* finetuning) {
  v1::FinetuningRun* run = finetuning->add_runs();
  run->set_model(row.model);
  run->set_seed(static_cast<int32_t>(row.seed));
  run->set_accuracy(row.accuracy);
  run->set_macro_f1(row.macro_f1);
  run->set_train_row_count(row.train_rows);
  run->set_test_row_count(row.test_rows);
}

}  // namespace

v1::Finetuning ToProto(const FinetuningRow& row) {
  v1::Finetuning finetuning;
  finetuning.set_name(absl::StrCat("finetunings/", row.name));
  finetuning.set_job(absl::StrCat("jobs/", row.job_name));
  finetuning.set_state(row.state);
  finetuning.set_reason(row.reason.text());
  if (!row.reason.code().empty()) *finetuning.mutable_reason_code() = ToProto(row.reason);
  finetuning.set_corpus(absl::StrCat("corpora/", row.corpus_name));
  finetuning.set_corpus_display_name(row.corpus_file_name);
  finetuning.set_label_column(row.label_column);
  finetuning.set_model_step(row.model_step);
  if (!row.base_model.empty()) finetuning.set_base_model(absl::StrCat("models/", row.base_model));
  FillSettings(row, finetuning.mutable_settings());
  finetuning.set_row_count(row.row_count);
  finetuning.set_left_out_row_count(row.left_out_rows);
  finetuning.set_class_count(row.class_count);
  for (const FinetuningRunRow& run : row.runs) AddRun(run, &finetuning);
  finetuning.set_total_runs(static_cast<int32_t>(2 * row.seed_count));
  finetuning.set_run_progress(row.run_progress);
  if (v1::FinetuningScores base = ScoresOf(row, v1::BASE); base.run_count() > 0) {
    *finetuning.mutable_base() = base;
  }
  if (v1::FinetuningScores adapted = ScoresOf(row, v1::ADAPTED); adapted.run_count() > 0) {
    *finetuning.mutable_adapted() = adapted;
  }
  *finetuning.mutable_create_time() = ToTimestamp(row.created_at);
  if (row.ended_at != 0) *finetuning.mutable_end_time() = ToTimestamp(row.ended_at);
  return finetuning;
}

}  // namespace electra::server

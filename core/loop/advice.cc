#include "core/loop/advice.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace electra {
namespace {

// So much above the rate that suits its batch, a rate is warned of.
constexpr double kTooHigh = 4;

// Fewer sequences than this, gone through more often than that, are learnt by heart.
constexpr int64_t kTinyCorpus = 100;
constexpr int64_t kManyEpochs = 5;

constexpr int64_t kFlatEvaluations = 3;

// A last value that is worse than the best by more than this share is warned of.
constexpr double kClearlyWorse = 0.01;

struct PublishedBatch {
  double sequences;
  double learning_rate;
};

PublishedBatch PublishedBatchOf(const ModelConfig& model) {
  const int64_t hidden = model.discriminator.hidden_size;
  if (hidden >= 1024) return {2048, 2e-4};
  if (hidden >= 768) return {256, 2e-4};
  return {128, 5e-4};
}

}  // namespace

std::optional<std::string> SmallBatchAdvice(const Hyperparameters& hyperparameters,
                                            const ModelConfig& model) {
  const PublishedBatch published = PublishedBatchOf(model);
  const int64_t batch = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  const double fitting = published.learning_rate *
                         std::min(1.0, std::sqrt(static_cast<double>(batch) / published.sequences));
  if (hyperparameters.learning_rate <= kTooHigh * fitting * (1 + 1e-9)) return std::nullopt;
  return absl::StrFormat(
      "learning_rate %g is far too high for steps of %d sequences: published models of this size "
      "took %g with %.0f. Training may diverge or the discriminator may learn nothing: use a "
      "learning_rate of about %.1g, or more gradient_accumulation_steps",
      hyperparameters.learning_rate, batch, published.learning_rate, published.sequences, fitting);
}

std::optional<std::string> TinyCorpusAdvice(int64_t train_sequences, int64_t steps_per_epoch,
                                            int64_t total_steps) {
  const int64_t epochs = (total_steps + steps_per_epoch - 1) / steps_per_epoch;
  if (train_sequences >= kTinyCorpus || epochs < kManyEpochs) return std::nullopt;
  return absl::StrCat("the corpus has only ", train_sequences, " sequences to train on, and ",
                      total_steps, " steps read each about ", epochs,
                      " times: the model will memorize them, and its losses will say little. "
                      "Use a larger corpus, or fewer steps");
}

std::optional<std::string> OvertrainedAdvice(const BestEvaluation& best,
                                             const EvaluationMetrics& last,
                                             MetricForBestModel metric) {
  const std::optional<double> value = MetricOf(last, metric);
  const bool is_higher_better = metric == MetricForBestModel::kF1;
  const double bound = best.value * (is_higher_better ? 1 - kClearlyWorse : 1 + kClearlyWorse);
  if (!best.step || !value || !IsBetter(bound, *value, metric)) return std::nullopt;
  return absl::StrFormat(
      "the evaluated %s was %.3f after step %d and is %.3f after the last step, %d: "
      "load_best_model_at_end would have kept the former model; or use a lower learning_rate, or "
      "fewer steps",
      MetricName(metric), best.value, *best.step, *value, last.step);
}

const char* MetricName(MetricForBestModel metric) {
  switch (metric) {
    case MetricForBestModel::kLoss:
      return "combined loss";
    case MetricForBestModel::kGeneratorLoss:
      return "generator loss";
    case MetricForBestModel::kF1:
      return "F1";
  }
  return "";
}

std::optional<std::string> FlatDiscriminatorWatch::Add(const EvaluationMetrics& evaluation,
                                                       const Hyperparameters& hyperparameters) {
  const bool is_flat = evaluation.step > warmup_steps_ && evaluation.loss.discriminator_recall == 0;
  flat_ = is_flat ? flat_ + 1 : 0;
  if (flat_ != kFlatEvaluations) return std::nullopt;
  return absl::StrFormat(
      "the discriminator caught no fake in %d evaluations in a row (recall is 0): "
      "it calls every token real, which is right for most of them. Where a model from scratch is "
      "not past that yet, train on; else use a lower learning_rate than %g, and look whether the "
      "vocabulary is the model's",
      flat_, hyperparameters.learning_rate);
}

}  // namespace electra

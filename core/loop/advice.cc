#include "core/loop/advice.h"

#include <algorithm>
#include <cmath>
#include <string>

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

std::string ShortNumber(double number) { return absl::StrFormat("%g", number); }

std::string ThreePlaces(double number) { return absl::StrFormat("%.3f", number); }

Message MeasureName(MetricForBestModel metric) {
  switch (metric) {
    case MetricForBestModel::kLoss:
      return Message("COMBINED_LOSS", "combined loss");
    case MetricForBestModel::kGeneratorLoss:
      return Message("GENERATOR_LOSS", "generator loss");
    case MetricForBestModel::kF1:
      return Message::Uncoded("F1");
  }
  return Message();
}

Message MetricName(const Hyperparameters& hyperparameters) {
  const Message measure = MeasureName(hyperparameters.metric_for_best_model);
  if (hyperparameters.metric_eval_corpus.empty()) return measure;
  return Message("METRIC_OF_CORPUS", "{metric} of {corpus}", measure,
                 hyperparameters.metric_eval_corpus);
}

}  // namespace

std::optional<Message> SmallBatchAdvice(const Hyperparameters& hyperparameters,
                                        const ModelConfig& model) {
  const PublishedBatch published = PublishedBatchOf(model);
  const int64_t batch = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  const double fitting = published.learning_rate *
                         std::min(1.0, std::sqrt(static_cast<double>(batch) / published.sequences));
  if (hyperparameters.learning_rate <= kTooHigh * fitting * (1 + 1e-9)) return std::nullopt;
  return Message(
      "LEARNING_RATE_TOO_HIGH",
      "learning_rate {rate} is far too high for steps of {batch} sequences: published models of "
      "this size took {published_rate} with {published_batch}. Training may diverge or the "
      "discriminator may learn nothing: use a learning_rate of about {fitting_rate}, or more "
      "gradient_accumulation_steps",
      ShortNumber(hyperparameters.learning_rate), batch, ShortNumber(published.learning_rate),
      published.sequences, absl::StrFormat("%.1g", fitting));
}

std::optional<Message> TinyCorpusAdvice(int64_t train_sequences, int64_t steps_per_epoch,
                                        int64_t total_steps) {
  const int64_t epochs = (total_steps + steps_per_epoch - 1) / steps_per_epoch;
  if (train_sequences >= kTinyCorpus || epochs < kManyEpochs) return std::nullopt;
  return Message("TINY_CORPUS",
                 "the corpus has only {sequences} sequences to train on, and {steps} steps read "
                 "each about {epochs} times: the model will memorize them, and its losses will say "
                 "little. Use a larger corpus, or fewer steps",
                 train_sequences, total_steps, epochs);
}

std::optional<Message> OvertrainedAdvice(const BestEvaluation& best, const EvaluationMetrics& last,
                                         const Hyperparameters& hyperparameters) {
  const MetricForBestModel metric = hyperparameters.metric_for_best_model;
  const std::optional<double> value = MetricOf(last, metric);
  const bool is_higher_better = metric == MetricForBestModel::kF1;
  const double bound = best.value * (is_higher_better ? 1 - kClearlyWorse : 1 + kClearlyWorse);
  if (!best.step || !value || !IsBetter(bound, *value, metric)) return std::nullopt;
  return Message(
      "OVERTRAINED",
      "the evaluated {metric} was {best} after step {best_step} and is {last} after the last step, "
      "{last_step}: load_best_model_at_end would have kept the former model; or use a lower "
      "learning_rate, or fewer steps",
      MetricName(hyperparameters), ThreePlaces(best.value), *best.step, ThreePlaces(*value),
      last.step);
}

Message BestModelNote(const BestEvaluation& best, const Hyperparameters& hyperparameters,
                      int64_t done) {
  const int64_t step = best.step.value_or(done);
  const Message metric = MetricName(hyperparameters);
  if (hyperparameters.metric_for_best_model == MetricForBestModel::kF1) {
    return Message("BEST_MODEL_HIGHEST",
                   "the model is that of step {step}, whose evaluated {metric} {value} is the "
                   "highest",
                   step, metric, best.value);
  }
  return Message("BEST_MODEL_LOWEST",
                 "the model is that of step {step}, whose evaluated {metric} {value} is the lowest",
                 step, metric, best.value);
}

Message OutOfTimeNote(double max_duration, int64_t done, int64_t total_steps,
                      const Message& model) {
  const Message ended = Message("MAX_DURATION_REACHED",
                                "ended after step {step} of {steps}: it has trained for "
                                "max_duration ({minutes} minutes)",
                                done, total_steps, max_duration);
  if (model.text().empty()) return ended;
  return Message("ENDED_WITH_BEST_MODEL", "{ending}. {model}", ended, model);
}

std::optional<Message> DurationAdvice(const Hyperparameters& hyperparameters, double seconds) {
  const double minutes = hyperparameters.max_duration;
  if (minutes == 0 || seconds <= minutes * 60) return std::nullopt;
  return Message("MAX_DURATION_TOO_SHORT",
                 "all steps take about {estimate} minutes, and max_duration is {minutes}: the job "
                 "ends before its last step, and before its learning rate has decayed. Use fewer "
                 "epochs or steps",
                 static_cast<int64_t>(std::llround(seconds / 60)), minutes);
}

std::optional<Message> FlatDiscriminatorWatch::Add(const EvaluationMetrics& evaluation,
                                                   const Hyperparameters& hyperparameters) {
  const bool is_flat = evaluation.step > warmup_steps_ && evaluation.loss.discriminator_recall == 0;
  flat_ = is_flat ? flat_ + 1 : 0;
  if (flat_ != kFlatEvaluations) return std::nullopt;
  return Message(
      "FLAT_DISCRIMINATOR",
      "the discriminator caught no fake in {evaluations} evaluations in a row (recall is 0): it "
      "calls every token real, which is right for most of them. A model from scratch may need more "
      "steps; otherwise use a learning_rate below {rate}, and check that the vocabulary is the "
      "model's",
      flat_, ShortNumber(hyperparameters.learning_rate));
}

}  // namespace electra

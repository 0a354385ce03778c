// The reports of training, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace electra {

// Sums over tokens, from which losses and rates are formed. Sums, not means: they add up over
// micro-batches, batches and ranks without weighting.
struct TokenSums {
  double generator_loss = 0;      // cross-entropy, nats, over masked positions
  double discriminator_loss = 0;  // binary cross-entropy, nats, over all tokens
  int64_t masked = 0;
  int64_t tokens = 0;
  int64_t generator_correct = 0;      // masked positions whose likeliest token is the original
  int64_t discriminator_correct = 0;  // tokens judged rightly
  int64_t fakes = 0;                  // tokens that the generator really changed
  int64_t suspected = 0;              // tokens that the discriminator calls fake
  int64_t caught = 0;                 // both

  TokenSums& operator+=(const TokenSums& other);
};

// Losses and rates. Losses and accuracies are 0 where they would divide by 0 tokens. Recall is not
// defined without a fake, nor precision without a suspected token.
struct LossMetrics {
  double combined_loss = 0;
  double generator_loss = 0;
  double discriminator_loss = 0;
  double generator_accuracy = 0;
  double discriminator_accuracy = 0;
  std::optional<double> discriminator_precision;
  std::optional<double> discriminator_recall;
};

LossMetrics MeanMetrics(const TokenSums& sums, double gen_weight, double disc_weight);

// Harmonic mean of precision and recall: 0 where no fake was caught, not defined where there is
// none.
std::optional<double> F1(const LossMetrics& metrics);

struct StepMetrics {
  int64_t step = 0;
  int64_t epoch = 0;
  LossMetrics loss;
  TokenSums sums;  // from which `loss` is formed
  double learning_rate = 0;
  double gradient_norm = 0;  // before clipping
  int64_t tokens_seen = 0;
  double tokens_per_second = 0;
  double step_seconds = 0;
  // The run's training time up to the end of the step, over all its attempts but not between them.
  double run_seconds = 0;
  int64_t ranks = 1;  // that computed the step
  // The speed of the slowest rank, without its waits for others; 0 where there is one rank.
  double slowest_rank_tokens_per_second = 0;
};

struct EvaluationMetrics {
  int64_t step = 0;
  int64_t epoch = 0;
  LossMetrics loss;
  std::optional<double> discriminator_f1;
  int64_t token_count = 0;
  double seconds = 0;
  std::string eval_corpus = {};  // name of the evaluation corpus; empty: the held-out text
  std::vector<EvaluationMetrics> eval_corpora = {};  // in the job's order
};

// One sequence of a step as both networks saw it; all vectors are [length], from [CLS] to [SEP].
struct SequencePrediction {
  int64_t step = 0;
  int64_t epoch = 0;
  LossMetrics loss;       // of the whole step; outside of a step, of the sequence
  uint64_t sequence = 0;  // index into the corpus's sequences
  std::vector<int32_t> original_ids;
  std::vector<int32_t> fake_ids;  // what the discriminator saw
  std::vector<bool> masked;
  std::vector<float> fake_probabilities;  // the discriminator's
};

}  // namespace electra

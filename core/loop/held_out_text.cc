#include "core/loop/held_out_text.h"

#include <algorithm>
#include <chrono>
#include <span>

namespace electra {
namespace {

// Masks of an evaluation are those of this epoch, which no training reaches.
constexpr uint64_t kEvaluationEpoch = ~uint64_t{0};

// Not the job's batch_size: what the generator samples depends on the batch. A card is waited for
// after each, and is busy with large ones only.
constexpr size_t kSequencesOnCpu = 32;
constexpr size_t kSequencesOnCard = 256;

}  // namespace

HeldOutText::HeldOutText(const PreparedCorpus& corpus, const Hyperparameters& hyperparameters,
                         std::string_view device)
    : corpus_(corpus),
      hyperparameters_(hyperparameters),
      in_batch_(device == "cpu" ? kSequencesOnCpu : kSequencesOnCard),
      sequences_(corpus.split.validation) {
  sequences_.resize(
      std::min(sequences_.size(), static_cast<size_t>(hyperparameters.max_eval_samples)));
  const TokenSequences all = corpus.sequences();
  std::stable_sort(sequences_.begin(), sequences_.end(),
                   [&](uint64_t a, uint64_t b) { return all[a].size() > all[b].size(); });
}

size_t HeldOutText::batch_count() const { return (sequences_.size() + in_batch_ - 1) / in_batch_; }

PackedBatch HeldOutText::Batch(size_t index) const {
  const size_t begin = index * in_batch_;
  const size_t count = std::min(in_batch_, sequences_.size() - begin);
  const Hyperparameters defaults;
  return MakeBatch(corpus_.sequences(), std::span(sequences_).subspan(begin, count),
                   corpus_.special(),
                   {.mlm_probability = defaults.mlm_probability,
                    .replace_prob = defaults.replace_prob,
                    .seed = static_cast<uint64_t>(hyperparameters_.seed),
                    .epoch = kEvaluationEpoch});
}

HeldOutText::Result HeldOutText::Evaluate(TrainingSession& session) const {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  Result result;
  TokenSums sums;
  TokenVerdicts verdicts;
  for (size_t i = 0; i < batch_count(); ++i) {
    const PackedBatch batch = Batch(i);
    sums += session.Evaluate(batch, i * in_batch_, &verdicts);
    result.confusions.Add(batch, verdicts);
  }
  EvaluationMetrics& metrics = result.metrics;
  metrics.loss = MeanMetrics(sums, hyperparameters_.gen_weight, hyperparameters_.disc_weight);
  metrics.discriminator_f1 = F1(metrics.loss);
  metrics.token_count = sums.tokens;
  metrics.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace electra

#include "core/loop/held_out_text.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace electra {
namespace {

// Masks of an evaluation are those of this epoch, which no training reaches.
constexpr uint64_t kEvaluationEpoch = ~uint64_t{0};

// Not the job's batch_size: what the generator samples depends on the batch. A card is busy with
// large ones only.
constexpr size_t kSequencesOnCpu = 32;
constexpr size_t kSequencesOnCard = 256;

}  // namespace

HeldOutText::HeldOutText(const TokenSequences& all, std::vector<uint64_t> sequences,
                         const SpecialTokenIds& special, std::string name,
                         const Hyperparameters& hyperparameters, std::string_view device)
    : all_(all),
      special_(special),
      name_(std::move(name)),
      hyperparameters_(hyperparameters),
      in_batch_(device == "cpu" ? kSequencesOnCpu : kSequencesOnCard),
      sequences_(std::move(sequences)) {
  sequences_.resize(
      std::min(sequences_.size(), static_cast<size_t>(hyperparameters.max_eval_samples)));
  std::stable_sort(sequences_.begin(), sequences_.end(),
                   [&](uint64_t a, uint64_t b) { return all_[a].size() > all_[b].size(); });
}

HeldOutText::HeldOutText(const PreparedCorpus& corpus, const Hyperparameters& hyperparameters,
                         std::string_view device)
    : HeldOutText(corpus.sequences(), corpus.split.validation, corpus.special(), "",
                  hyperparameters, device) {}

HeldOutText::HeldOutText(const PreparedCorpus& corpus, const PreparedEvalCorpus& evaluated,
                         const Hyperparameters& hyperparameters, std::string_view device)
    : HeldOutText(evaluated.all(), evaluated.sequences, corpus.special(), evaluated.name,
                  hyperparameters, device) {}

size_t HeldOutText::batch_count() const { return (sequences_.size() + in_batch_ - 1) / in_batch_; }

PackedBatch HeldOutText::Batch(size_t index) const {
  const size_t begin = index * in_batch_;
  const size_t count = std::min(in_batch_, sequences_.size() - begin);
  const Hyperparameters defaults;
  return MakeBatch(all_, std::span(sequences_).subspan(begin, count), special_,
                   {.mlm_probability = defaults.mlm_probability,
                    .replace_prob = defaults.replace_prob,
                    .seed = static_cast<uint64_t>(hyperparameters_.seed),
                    .epoch = kEvaluationEpoch});
}

HeldOutText::Result HeldOutText::Evaluate(TrainingSession& session) const {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  Result result;
  for (size_t i = 0; i < batch_count(); ++i) session.StartEvaluation(Batch(i), i * in_batch_);
  TokenSums sums;
  const std::vector<BatchEvaluation> evaluations = session.TakeEvaluations();
  for (size_t i = 0; i < evaluations.size(); ++i) {
    sums += evaluations[i].sums;
    result.confusions.Add(Batch(i), evaluations[i].verdicts);
  }
  EvaluationMetrics& metrics = result.metrics;
  metrics.loss = MeanMetrics(sums, hyperparameters_.gen_weight, hyperparameters_.disc_weight);
  metrics.discriminator_f1 = F1(metrics.loss);
  metrics.eval_corpus = name_;
  metrics.token_count = sums.tokens;
  metrics.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace electra

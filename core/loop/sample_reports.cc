#include "core/loop/sample_reports.h"

#include <algorithm>
#include <vector>

#include "core/batch/random.h"
#include "core/probe/sample.h"

namespace electra {

std::optional<size_t> SampleReports::ChooseSequence(int64_t step, size_t sequences) const {
  if (!AreDue(step)) return std::nullopt;
  KeyedRandom random({static_cast<uint64_t>(RandomUse::kSample),
                      static_cast<uint64_t>(hyperparameters_.seed), static_cast<uint64_t>(step)});
  return static_cast<size_t>(random.Below(sequences));
}

void SampleReports::ReportObserved(TrainingSession& session, const LossMetrics& loss) {
  std::optional<SequencePrediction> prediction = session.TakePrediction();
  if (!prediction) return;
  prediction->epoch = run_.EpochOf(prediction->step);
  prediction->loss = loss;
  observer_.OnSample(MakeSampleReport(*prediction, *corpus_.cache, *corpus_.tokenizer));
}

void SampleReports::ReportProbe(TrainingSession& session, int64_t step) {
  if (probe_.empty() || hyperparameters_.sample_every == 0) return;
  std::vector<PredictionResult> results = session.Predict(
      probe_.Batch(corpus_.special(), TrainingMasking(hyperparameters_, corpus_, /*epoch=*/0)));
  std::sort(results.begin(), results.end(), [](const auto& a, const auto& b) {
    return a.prediction.sequence < b.prediction.sequence;
  });
  for (PredictionResult& result : results) {
    SequencePrediction& prediction = result.prediction;
    prediction.step = step;
    prediction.epoch = run_.EpochAfter(step);
    const auto masked = std::count(prediction.masked.begin(), prediction.masked.end(), true);
    prediction.loss = MeanMetrics({.generator_loss = result.generator_loss,
                                   .discriminator_loss = result.discriminator_loss,
                                   .masked = masked,
                                   .tokens = static_cast<int64_t>(prediction.masked.size())},
                                  hyperparameters_.gen_weight, hyperparameters_.disc_weight);
    SampleReport report = MakeSampleReport(prediction, probe_.sentence(prediction.sequence),
                                           /*start=*/0, *corpus_.tokenizer);
    report.probe = static_cast<int64_t>(prediction.sequence) + 1;
    observer_.OnSample(report);
  }
}

}  // namespace electra

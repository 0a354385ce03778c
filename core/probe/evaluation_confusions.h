// What the pair confuses on held-out text, counted while it is evaluated.
//
//   EvaluationConfusions confusions;
//   for (size_t i = 0; i < batches.size(); ++i) {
//     confusions.Add(batches[i], evaluations[i].verdicts);  // of TrainingSession
//   }
//   observer.OnConfusions(confusions.Report(step, vocabulary));
//
// Not thread-safe.
#pragma once

#include <cstdint>

#include "core/batch/batch.h"
#include "core/probe/confusion_counter.h"
#include "core/probe/confusion_report.h"
#include "core/session/session.h"
#include "core/text/vocabulary.h"

namespace electra {

class EvaluationConfusions {
 public:
  // [CLS] and [SEP] are left out. `verdicts` are of all tokens of `batch`.
  void Add(const PackedBatch& batch, const TokenVerdicts& verdicts);

  ConfusionReport Report(int64_t step, const Vocabulary& vocabulary) const;

 private:
  int64_t sequences_ = 0;
  ConfusionCounter<int32_t> counter_;
};

}  // namespace electra

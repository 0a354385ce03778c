// A job's held-out text, or one of its evaluation corpora, as its evaluations read it.
//
//   const HeldOutText held_out(corpus, hyperparameters);
//   HeldOutText::Result result = held_out.Evaluate(session);
//
// Sequences, batches and masks are the same every time, and those of all jobs with this corpus,
// vocabulary, split and seed on a processor, or on cards, however they are trained: evaluations
// differ by the weights alone. Immutable; borrows both that it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch/batch.h"
#include "core/loop/prepare.h"
#include "core/probe/evaluation_confusions.h"
#include "core/session/metrics.h"
#include "core/session/session.h"
#include "core/settings/hyperparameters.h"

namespace electra {

class HeldOutText {
 public:
  // Batches are larger on a card, and there samples differ from those of a processor.
  HeldOutText(const PreparedCorpus& corpus, const Hyperparameters& hyperparameters,
              std::string_view device = "cpu");

  HeldOutText(const PreparedCorpus& corpus, const PreparedEvalCorpus& evaluated,
              const Hyperparameters& hyperparameters, std::string_view device = "cpu");

  bool empty() const { return sequences_.empty(); }

  size_t batch_count() const;
  PackedBatch Batch(size_t index) const;

  struct Result {
    EvaluationMetrics metrics;  // step and epoch are the caller's to fill
    EvaluationConfusions confusions;
  };
  Result Evaluate(TrainingSession& session) const;  // sync

 private:
  HeldOutText(const TokenSequences& all, std::vector<uint64_t> sequences,
              const SpecialTokenIds& special, std::string name,
              const Hyperparameters& hyperparameters, std::string_view device);

  const TokenSequences all_;
  const SpecialTokenIds special_;
  const std::string name_;  // of an evaluation corpus
  const Hyperparameters& hyperparameters_;
  const size_t in_batch_;            // sequences
  std::vector<uint64_t> sequences_;  // max_eval_samples at most, the longest first
};

}  // namespace electra

// One sequence classifier (`ElectraForSequenceClassification`) in fine-tuning on one device: the
// step, the logits, the weights.
//
//   ClassifierSession session({.config = config, .classes = 3, .hyperparameters = values});
//   session.Fill([&](const std::string& name, std::span<float> values) { ... return true; });
//   double loss = session.Step(
//       {.batch = batch, .labels = labels, .step = 1, .learning_rate = 1e-4});
//
// Free of libtorch by a pimpl. Not thread-safe. Errors of libtorch come out as exceptions derived
// from std::exception. A step's random numbers depend only on (seed, step).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/batch/batch.h"
#include "core/session/session.h"
#include "core/settings/hyperparameters.h"
#include "core/shape/config.h"

namespace electra {

struct ClassifierOptions {
  ElectraConfig config;
  int64_t classes = 2;
  // The optimizer, dropout and seed; everything else is ignored.
  Hyperparameters hyperparameters;
  std::string device = "cpu";  // cpu, cuda:N
};

struct ClassifierStep {
  const PackedBatch& batch;
  std::span<const int64_t> labels;  // by PackedSequence::sequence
  int64_t step = 1;
  double learning_rate = 0;
};

class ClassifierSession {
 public:
  // All weights are drawn.
  explicit ClassifierSession(const ClassifierOptions& options);
  ~ClassifierSession();
  ClassifierSession(const ClassifierSession&) = delete;
  ClassifierSession& operator=(const ClassifierSession&) = delete;

  // Calls `fill` with each parameter's Hugging Face name, for its values (row-major); false: it
  // keeps its values.
  using FillParameter = std::function<bool(const std::string& name, std::span<float> values)>;
  void Fill(const FillParameter& fill);

  // Forward and backward pass, clipping, one AdamW update. Returns the batch's mean loss; updates
  // nothing where that or the gradient is not finite. // sync
  double Step(const ClassifierStep& step);

  // [sequences, classes], row-major, in the order of the batch; without dropout. // sync
  std::vector<float> Logits(const PackedBatch& batch) const;

  std::vector<NamedArray> CopyWeights() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra

// Text, models and runs for the checks, made of nothing but a seed.
//
// Not thread-safe where a session is used.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/batch/batch.h"
#include "core/selftest/check.h"
#include "core/session/session.h"

namespace electra::selftest {

// Sequences of a small language in which a token mostly follows from the one before it, so that a
// model can learn it.
struct Text {
  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
  int64_t vocab_size = 0;

  TokenSequences sequences() const { return {.ids = ids, .offsets = offsets}; }
};

// A sequence for each of `lengths`, [CLS] and [SEP] included: at least 2.
Text MakeText(std::span<const int64_t> lengths, int64_t vocab_size, uint64_t seed = 1);

// Sequences `first` to `first + count`, masked as in `epoch`.
PackedBatch BatchOf(const Text& text, uint64_t first, uint64_t count, uint64_t epoch = 0);
PackedBatch BatchOf(const Text& text);

// Both networks of two layers with two heads of this size.
ModelConfig SmallModel(int64_t head_size, int64_t vocab_size);

enum class Precision { kFloat32, kBfloat16, kFloat16 };
std::string NameOf(Precision precision);

// The precisions that the engine uses on the device.
std::vector<Precision> PrecisionsOn(const Context& context);

SessionOptions OptionsOf(const ModelConfig& model, const std::string& device, Precision precision);

// Steps `first` to `first + count - 1`, each over one of `batches` in turn. // sync
std::vector<StepResult> Train(TrainingSession& session, std::span<const PackedBatch> batches,
                              int64_t first, int64_t count, double learning_rate = 5e-4);

// The combined loss of a step.
double LossOf(const StepResult& result);

// Every array of the state, networks before moments; the names in each differ.
std::vector<const NamedArray*> ArraysOf(const SessionState& state);

// Numbers that are not equal bit by bit in states of one model.
int64_t DifferentNumbers(const SessionState& a, const SessionState& b);

}  // namespace electra::selftest

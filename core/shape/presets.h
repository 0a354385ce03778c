// Models that a job can train from scratch.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/shape/config.h"

namespace electra {

struct ModelPreset {
  std::string_view name;
  std::string_view description;
  // Peak learning rate of pre-training in the ELECTRA paper (Clark et al. 2020, table 6) for this
  // size: the default of a job that names none.
  double learning_rate;
  ModelConfig config;  // vocab_size is set by the job's vocabulary
};

// `tiny` for trying out, `small` and `base` with the shapes of KoELECTRA v3, `large` with those of
// google/electra-large.
std::span<const ModelPreset> ModelPresets();

// Null when there is no preset of that name.
const ModelPreset* FindModelPreset(std::string_view name);

// Default peak learning rate of a job that goes on training an imported model: lower than that of
// pre-training, since the weights are not to be forgotten.
double AdaptationLearningRate(const ElectraConfig& discriminator);

// Trainable numbers of the pair, shared embeddings counted once.
int64_t ParameterCount(const ModelConfig& config);

// True when both networks can use one word-embedding matrix.
bool EmbeddingsCanBeShared(const ModelConfig& config);

}  // namespace electra

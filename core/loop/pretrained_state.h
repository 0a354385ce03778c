// From imported networks to the state in which training begins.
//
//   SessionState state = session.CopyState();                 // random
//   RETURN_IF_ERROR(ApplyPretrained(pair, shared, appended, stop, &state, &notes));
//   session.RestoreState(state);
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/hub/pretrained_pair.h"
#include "core/session/session.h"
#include "core/settings/hyperparameters.h"
#include "core/shape/config.h"
#include "core/trainer.h"

namespace electra {

// The shapes that a job trains: those of the pair, and where it has no generator a new one of
// `generator_size` of the discriminator's.
ModelConfig PretrainedConfig(const PretrainedPair& pair, const Hyperparameters& hyperparameters);

// Cancelled: a stop came while a model was read.
absl::Status StoppedWhileReading();

// The error of vocab_extend with a preset.
absl::Status NothingToExtend(std::string_view model);

// Tokens that a job has appended to its model's vocabulary.
struct AppendedTokens {
  int32_t first = 0;                         // id
  std::vector<std::vector<int32_t>> pieces;  // of the model's tokens, for each
};

// Replaces the weights in `state` with the pair's. It keeps its own where the pair has none: a new
// generator, which takes its embeddings from the discriminator, and the discriminator's head. Rows
// of appended tokens are the means of their pieces' rows: in the word embeddings, and in the
// generator's output matrix and bias. Adds a sentence to `notes` for each deviation from the
// imported weights. Cancelled when `stop` was set meanwhile: weights that are mapped are read here.
absl::Status ApplyPretrained(const PretrainedPair& pair, SharedEmbeddings shared,
                             const AppendedTokens& appended, const StopSignal& stop,
                             SessionState* state, std::vector<Message>* notes);

}  // namespace electra

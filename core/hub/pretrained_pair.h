// The two networks of an ELECTRA model that train together, from Hugging Face directories.
//
//   ASSIGN_OR_RETURN(PretrainedPair pair, LoadPretrainedPair("/models/koelectra-small"));
//
// A free function without state; the files stay mapped as long as the pair lives (see
// pretrained.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/hub/pretrained.h"

namespace electra {

struct PretrainedPair {
  std::optional<PretrainedNetwork> generator;
  PretrainedNetwork discriminator;
  std::optional<TokenizerFiles> tokenizer;  // of both; unset where neither has a vocabulary
  std::vector<Message> notes;               // of both
};

// Reads `directory`/discriminator, and `directory`/generator where it is there. InvalidArgument
// beyond LoadPretrained's: the two have different vocabularies or tokenize differently; both
// values are named.
absl::StatusOr<PretrainedPair> LoadPretrainedPair(const std::string& directory);

// InvalidArgument naming the network, the tensor and the place of the first weight that is NaN or
// infinite. Reads all weights.
absl::Status CheckFinite(const PretrainedPair& pair);

// Tokens of the longest sequence that both networks have positions for.
int64_t MaxPositions(const PretrainedPair& pair);

}  // namespace electra

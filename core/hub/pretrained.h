// Hugging Face model directories of ELECTRA networks, read with every check that can be made before
// training.
//
//   ASSIGN_OR_RETURN(PretrainedNetwork network, LoadPretrained(dir, Role::kDiscriminator));
//   for (const Message& note : network.notes) log(note.text());
//
// A free function without state. A PretrainedNetwork keeps its files mapped: they must not be
// shortened meanwhile. Directories must hold regular files: symbolic links are refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "core/hub/config_json.h"
#include "core/hub/tensor.h"
#include "core/hub/tokenizer_files.h"
#include "core/shape/config.h"

namespace electra {

struct PretrainedNetwork {
  ElectraConfig config;

  // Exactly the names and shapes of ExpectedTensors(config, role), each a floating-point tensor;
  // without `discriminator_predictions.*` where `random_head` is set.
  std::map<std::string, Tensor> weights;

  // The discriminator came without its head, which must be initialised.
  bool random_head = false;

  // Unset when the directory has no vocabulary.
  std::optional<TokenizerFiles> tokenizer;

  // Notes for the user about how the directory was read.
  std::vector<Message> notes;
};

// Reads config.json, the weights (see weight_files.h) and the tokenizer's files. A file of both
// networks is split by its `generator.` and `discriminator.` prefixes; the prefixes of
// wrappers (`module.`, `_orig_mod.`) are left out; old tensor names are accepted
// (CanonicalTensorName). Errors: NotFound for a missing file; InvalidArgument for a network of the
// other role, a tensor missing, extra or of another shape (name and both shapes), a vocabulary
// longer than the embedding (both numbers).
absl::StatusOr<PretrainedNetwork> LoadPretrained(const std::string& directory, Role role);

}  // namespace electra

// Hugging Face model directories of ELECTRA networks: read with every check that can be made before
// training, and written so that `from_pretrained` has nothing to warn of.
//
//   ASSIGN_OR_RETURN(PretrainedNetwork network, LoadPretrained(dir, Role::kDiscriminator));
//   for (const std::string& note : network.notes) log(note);
//
// Free functions without state. A PretrainedNetwork keeps its files mapped: they must not be
// shortened meanwhile. Directories must hold regular files: symbolic links are refused.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/hub/config_json.h"
#include "core/hub/tensor.h"
#include "core/hub/tensor_names.h"
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

  // What a user should know of how the directory was read, a sentence each.
  std::vector<std::string> notes;
};

// Reads config.json, the weights (see weight_files.h) and the tokenizer's files. A file of both
// networks is split by its `generator.` and `discriminator.` prefixes; old tensor names are
// accepted (CanonicalTensorName). Errors: NotFound for a missing file; InvalidArgument for a
// network of the other role, a tensor missing, extra or of another shape (name and both shapes), a
// vocabulary longer than the embedding (both numbers).
absl::StatusOr<PretrainedNetwork> LoadPretrained(const std::string& directory, Role role);

// How a generator's output matrix that is tied to its word embeddings is written.
enum class TiedWeight {
  kOnce,     // as the embeddings only; loaders tie it again
  kSeparate  // also as generator_lm_head.weight, config.json untied: for tools that do not tie
};

struct SaveOptions {
  DType dtype = DType::kFloat32;  // or kBFloat16, kFloat16
  TiedWeight tied_weight = TiedWeight::kOnce;
  std::string model_card = {};  // README.md, not written when empty
};

// Writes config.json, model.safetensors, vocab.txt, tokenizer.json, tokenizer_config.json,
// special_tokens_map.json and README.md into `directory`, which is made when it is not there. Every
// file is fsynced; the whole is not atomic, so write beside and rename where that matters.
// InvalidArgument unless `tensors` are those of ExpectedTensors(config, role); a tied
// `generator_lm_head.weight` may be among them when its bytes are those of the word embeddings.
absl::Status SavePretrained(const std::string& directory, Role role, const ElectraConfig& config,
                            std::span<const NamedTensor> tensors, const Vocabulary& vocabulary,
                            const TokenizerOptions& tokenizer, const SaveOptions& options);

}  // namespace electra

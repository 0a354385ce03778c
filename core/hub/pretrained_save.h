// Writes Hugging Face model directories of ELECTRA networks, which `from_pretrained` loads without
// a warning. A free function without state.
#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "core/hub/config_json.h"
#include "core/hub/tensor.h"
#include "core/hub/tensor_names.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace electra {

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
// file is fsynced; the whole is not atomic, so write under another name and rename where that
// matters. InvalidArgument unless `tensors` are those of ExpectedTensors(config, role); a tied
// `generator_lm_head.weight` may be among them when its bytes are those of the word embeddings.
absl::Status SavePretrained(const std::string& directory, Role role, const ElectraConfig& config,
                            std::span<const NamedTensor> tensors, const Vocabulary& vocabulary,
                            const TokenizerOptions& tokenizer, const SaveOptions& options);

}  // namespace electra

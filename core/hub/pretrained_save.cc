#include "core/hub/pretrained_save.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/file_error.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/config_check.h"
#include "core/hub/safetensors_write.h"
#include "core/hub/tensor_check.h"
#include "core/hub/tokenizer_files_write.h"

namespace electra {
namespace {

using ByName = std::map<std::string, const TensorView*>;

absl::Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return absl::OkStatus();
  return NotMadeError(errno, path);
}

absl::StatusOr<ByName> Index(std::span<const NamedTensor> tensors) {
  ByName by_name;
  for (const NamedTensor& tensor : tensors) {
    if (!by_name.emplace(tensor.name, &tensor.view).second) {
      return InvalidArgumentError("TENSOR_GIVEN_TWICE", "tensor {tensor} is given twice",
                                  tensor.name);
    }
  }
  return by_name;
}

// Settles whether the tied output matrix is among the tensors that are written.
absl::Status SettleTiedWeight(TiedWeight tied_weight, ByName* tensors, ElectraConfig* config) {
  const auto words = tensors->find(std::string(kWordEmbeddings));
  if (words == tensors->end()) return absl::OkStatus();  // CheckShapes will name it
  const auto head = tensors->find(std::string(kLmHeadWeight));
  if (head != tensors->end() &&
      !std::equal(head->second->data.begin(), head->second->data.end(), words->second->data.begin(),
                  words->second->data.end())) {
    return InvalidArgumentError(
        "SAVED_TIED_WEIGHT_DIFFERS",
        "generator_lm_head.weight differs from the word embeddings, to which config ties it");
  }
  if (tied_weight == TiedWeight::kOnce) {
    tensors->erase(std::string(kLmHeadWeight));
  } else {
    (*tensors)[std::string(kLmHeadWeight)] = words->second;
    config->tie_word_embeddings = false;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SavePretrained(const std::string& directory, Role role, const ElectraConfig& config,
                            std::span<const NamedTensor> tensors, const Vocabulary& vocabulary,
                            const TokenizerOptions& tokenizer, const SaveOptions& options) {
  RETURN_IF_ERROR(CheckConfigFits(config));
  if (vocabulary.size() > config.vocab_size) {
    return InvalidArgumentError("SAVED_VOCABULARY_TOO_LONG",
                                "the vocabulary has {tokens} tokens, but vocab_size is {size}",
                                vocabulary.size(), config.vocab_size);
  }
  ElectraConfig written = config;
  ASSIGN_OR_RETURN(ByName by_name, Index(tensors));
  if (role == Role::kGenerator && config.tie_word_embeddings) {
    RETURN_IF_ERROR(SettleTiedWeight(options.tied_weight, &by_name, &written));
  }
  ShapeMap found;
  for (const auto& [name, view] : by_name) found.emplace(name, view->shape);
  RETURN_IF_ERROR(CheckShapes(directory, ExpectedTensors(written, role), found));

  RETURN_IF_ERROR(MakeDirectory(directory));
  RETURN_IF_ERROR(WriteTextFile(absl::StrCat(directory, "/config.json"),
                                ConfigJson(written, role, options.dtype)));
  std::vector<NamedTensor> sorted;
  for (const auto& [name, view] : by_name) sorted.push_back({name, *view});
  RETURN_IF_ERROR(WriteSafetensors(absl::StrCat(directory, "/model.safetensors"), sorted,
                                   {{"format", "pt"}}, {.convert_float_to = options.dtype}));
  RETURN_IF_ERROR(
      WriteTokenizerFiles(directory, vocabulary, tokenizer, config.max_position_embeddings));
  if (!options.model_card.empty()) {
    RETURN_IF_ERROR(WriteTextFile(absl::StrCat(directory, "/README.md"), options.model_card));
  }
  return SyncDirectory(directory);
}

}  // namespace electra

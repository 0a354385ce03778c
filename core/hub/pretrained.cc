#include "core/hub/pretrained.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/status_macros.h"
#include "core/hub/tensor_check.h"
#include "core/hub/tensor_names.h"
#include "core/hub/weight_files.h"

namespace electra {
namespace {

constexpr char kConfigJson[] = "config.json";
constexpr int64_t kMaxConfigBytes = int64_t{1} << 24;

// A directory being read, and the notes to report about it.
struct Loading {
  const ModelDirectory& directory;
  Role role;
  std::vector<Message> notes;

  absl::Status At(const absl::Status& status) const { return Within(directory.path(), status); }
};

bool AnyStartsWith(const WeightMap& weights, std::string_view prefix) {
  const auto first = weights.lower_bound(std::string(prefix));
  return first != weights.end() && first->first.starts_with(prefix);
}

// Drops the prefix that a wrapper puts before the name of each tensor.
WeightMap Unwrap(WeightMap weights, Loading* loading) {
  // DataParallel and DistributedDataParallel; torch.compile.
  constexpr std::string_view kWrappers[] = {"module.", "_orig_mod."};
  constexpr int kDeepest = 4;
  for (int depth = 0; depth < kDeepest && !weights.empty(); ++depth) {
    const auto wrapper =
        std::find_if(std::begin(kWrappers), std::end(kWrappers), [&](std::string_view prefix) {
          return std::all_of(weights.begin(), weights.end(),
                             [&](const auto& entry) { return entry.first.starts_with(prefix); });
        });
    if (wrapper == std::end(kWrappers)) break;
    WeightMap unwrapped;
    for (auto& [name, tensor] : weights) {
      unwrapped.emplace(name.substr(wrapper->size()), std::move(tensor));
    }
    weights = std::move(unwrapped);
    loading->notes.push_back(
        Message("NAME_PREFIX_DROPPED",
                "the names of all tensors begin with \"{prefix}\", which is left out", *wrapper));
  }
  return weights;
}

// The role's network out of a file that holds both, without its prefix.
absl::StatusOr<WeightMap> SplitByPrefix(WeightMap weights, Loading* loading) {
  const std::string own = absl::StrCat(std::string(RoleName(loading->role)), ".");
  const Role other_role =
      loading->role == Role::kGenerator ? Role::kDiscriminator : Role::kGenerator;
  const std::string other = absl::StrCat(std::string(RoleName(other_role)), ".");
  if (!AnyStartsWith(weights, own)) {
    if (!AnyStartsWith(weights, other)) return weights;
    return loading->At(InvalidArgumentError(
        "NETWORK_NOT_IN_FILE",
        "its tensors start with \"{other}\" and none with \"{own}\": it holds no {network}", other,
        own, NetworkName(loading->role)));
  }
  WeightMap split;
  int64_t others = 0;
  for (auto& [name, tensor] : weights) {
    if (name.starts_with(own)) {
      split.emplace(name.substr(own.size()), std::move(tensor));
    } else if (name.starts_with(other)) {
      ++others;
    } else {
      return loading->At(InvalidArgumentError(
          "TENSOR_OF_NO_NETWORK",
          "tensor {tensor} has none of the prefixes of a file of both networks, \"generator.\" and "
          "\"discriminator.\"",
          JsonExcerpt(name)));
    }
  }
  loading->notes.push_back(Message("BOTH_NETWORKS_IN_FILE",
                                   "the file holds both networks: {taken} tensors with \"{own}\" "
                                   "were taken, {left} with \"{other}\" left",
                                   split.size(), own, others, other));
  return split;
}

// The tensors are moved out of `weights`.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
absl::StatusOr<WeightMap> Canonicalize(WeightMap weights, const Loading& loading) {
  WeightMap canonical;
  std::map<std::string, std::string> sources;
  for (auto& [name, tensor] : weights) {
    const std::optional<std::string> today = CanonicalTensorName(name);
    if (!today.has_value()) continue;
    const auto [source, inserted] = sources.emplace(*today, name);
    if (!inserted) {
      return loading.At(InvalidArgumentError(
          "TENSOR_UNDER_TWO_NAMES", "tensors {first} and {second} are both {tensor}",
          JsonExcerpt(source->second), JsonExcerpt(name), *today));
    }
    canonical.emplace(*today, std::move(tensor));
  }
  return canonical;
}

// The other network's directory gives gibberish when its encoder is taken for this one's.
absl::Status CheckRole(const WeightMap& weights, const Loading& loading) {
  const bool generator = AnyStartsWith(weights, kGeneratorHead);
  const bool discriminator = AnyStartsWith(weights, kDiscriminatorHead);
  if (loading.role == Role::kGenerator && !generator && discriminator) {
    return loading.At(
        InvalidArgumentError("IS_DISCRIMINATOR",
                             "this is a discriminator (it has discriminator_predictions.* and no "
                             "generator_predictions.*); give the directory of its generator"));
  }
  if (loading.role == Role::kGenerator && !generator) {
    return loading.At(InvalidArgumentError(
        "NOT_A_GENERATOR", "has no generator_predictions.*, so it is not a generator"));
  }
  if (loading.role == Role::kDiscriminator && generator && !discriminator) {
    return loading.At(InvalidArgumentError(
        "IS_GENERATOR",
        "this is a generator (it has generator_predictions.* and no discriminator_predictions.*); "
        "give the directory of its discriminator"));
  }
  return absl::OkStatus();
}

bool SameTensor(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape &&
         std::equal(a.data.begin(), a.data.end(), b.data.begin(), b.data.end());
}

absl::Status DropTiedWeight(const ElectraConfig& config, const Loading& loading,
                            WeightMap* weights) {
  const auto head = weights->find(std::string(kLmHeadWeight));
  const auto words = weights->find(std::string(kWordEmbeddings));
  if (!config.tie_word_embeddings || head == weights->end() || words == weights->end()) {
    return absl::OkStatus();
  }
  if (head->second.view.shape == words->second.view.shape &&
      !SameTensor(head->second.view, words->second.view)) {
    return loading.At(InvalidArgumentError(
        "TIED_WEIGHT_DIFFERS",
        "generator_lm_head.weight differs from electra.embeddings.word_embeddings.weight although "
        "tie_word_embeddings is true; set it to false in config.json to keep both, or remove "
        "generator_lm_head.weight"));
  }
  if (head->second.view.shape == words->second.view.shape) weights->erase(head);
  return absl::OkStatus();
}

// Applies the accepted deviations from the exact set of tensors.
absl::Status ApplyExceptions(Loading* loading, PretrainedNetwork* network, ShapeMap* expected) {
  const ElectraConfig& config = network->config;
  if (config.embedding_size == config.hidden_size) {
    const size_t dropped = std::erase_if(network->weights, [](const auto& entry) {
      return entry.first.starts_with(kEmbeddingsProject);
    });
    if (dropped > 0) {
      loading->notes.push_back(
          Message("EMBEDDINGS_PROJECT_IGNORED",
                  "embeddings_project is ignored: embedding_size equals hidden_size"));
    }
  }
  if (loading->role == Role::kGenerator) {
    return DropTiedWeight(config, *loading, &network->weights);
  }
  if (!AnyStartsWith(network->weights, kDiscriminatorHead)) {
    network->random_head = true;
    std::erase_if(*expected,
                  [](const auto& entry) { return entry.first.starts_with(kDiscriminatorHead); });
    loading->notes.push_back(Message(
        "RANDOM_HEAD",
        "discriminator_predictions is missing: the discriminator starts with a random head"));
  }
  return absl::OkStatus();
}

absl::Status CheckTypes(Loading* loading, const WeightMap& weights) {
  std::set<std::string> converted;
  for (const auto& [name, tensor] : weights) {
    if (!IsFloatingPoint(tensor.view.dtype)) {
      return loading->At(InvalidArgumentError(
          "TENSOR_NOT_FLOATING_POINT", "tensor {tensor} holds {type}, not floating-point numbers",
          name, TorchDTypeName(tensor.view.dtype)));
    }
    if (tensor.view.dtype != DType::kFloat32) {
      converted.emplace(TorchDTypeName(tensor.view.dtype));
    }
  }
  for (const std::string& type : converted) {
    loading->notes.push_back(
        Message("WEIGHTS_CONVERTED", "weights in {type} are converted to float32", type));
  }
  return absl::OkStatus();
}

absl::Status LoadNetworkWeights(Loading* loading, PretrainedNetwork* network) {
  ASSIGN_OR_RETURN(WeightMap weights, LoadWeights(loading->directory));
  ASSIGN_OR_RETURN(weights, SplitByPrefix(Unwrap(std::move(weights), loading), loading));
  weights = Unwrap(std::move(weights), loading);
  ASSIGN_OR_RETURN(network->weights, Canonicalize(std::move(weights), *loading));
  RETURN_IF_ERROR(CheckRole(network->weights, *loading));
  const int64_t layers = network->config.num_hidden_layers;
  // Before the names are spelt out: a hostile config may ask for millions.
  if (static_cast<uint64_t>(layers) > network->weights.size()) {
    return loading->At(InvalidArgumentError(
        "TOO_FEW_TENSORS",
        "config.json says num_hidden_layers {layers}, but there are only {tensors} tensors", layers,
        network->weights.size()));
  }
  ShapeMap expected = ExpectedTensors(network->config, loading->role);
  RETURN_IF_ERROR(ApplyExceptions(loading, network, &expected));
  ShapeMap found;
  for (const auto& [name, tensor] : network->weights) found.emplace(name, tensor.view.shape);
  RETURN_IF_ERROR(CheckShapes(loading->directory.path(), expected, found));
  return CheckTypes(loading, network->weights);
}

absl::Status LoadTokenizer(Loading* loading, PretrainedNetwork* network) {
  if (!HasTokenizerFiles(loading->directory)) return absl::OkStatus();
  ASSIGN_OR_RETURN(network->tokenizer, ReadTokenizerFiles(loading->directory));
  TokenizerFiles& files = *network->tokenizer;
  loading->notes.insert(loading->notes.end(), files.notes.begin(), files.notes.end());
  const int64_t tokens = files.vocabulary.size();
  const int64_t rows = network->config.vocab_size;
  if (tokens > rows) {
    return loading->At(InvalidArgumentError(
        "VOCABULARY_TOO_LONG",
        "the vocabulary has {tokens} tokens, but the word embedding only {rows} rows (vocab_size)",
        tokens, rows));
  }
  if (tokens < rows) {
    loading->notes.push_back(Message("EMBEDDING_ROWS_UNUSED",
                                     "the word embedding has {rows} rows, the vocabulary {tokens} "
                                     "tokens: the last {unused} rows are not used",
                                     rows, tokens, rows - tokens));
  }
  const int64_t pad = files.vocabulary.special().pad;
  if (pad != network->config.pad_token_id) {
    loading->notes.push_back(Message(
        "PAD_TOKEN_DIFFERS", "pad_token_id is {id} in config.json, but [PAD] is token {pad}",
        network->config.pad_token_id, pad));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PretrainedNetwork> LoadPretrained(const std::string& directory, Role role) {
  ASSIGN_OR_RETURN(ModelDirectory opened, ModelDirectory::Open(directory));
  Loading loading{.directory = opened, .role = role, .notes = {}};
  PretrainedNetwork network;
  ASSIGN_OR_RETURN(std::string json, opened.Read(kConfigJson, kMaxConfigBytes));
  ASSIGN_OR_RETURN(network.config, ParseConfigJson(json, opened.PathOf(kConfigJson)));
  RETURN_IF_ERROR(LoadNetworkWeights(&loading, &network));
  RETURN_IF_ERROR(LoadTokenizer(&loading, &network));
  network.notes = std::move(loading.notes);
  return network;
}

}  // namespace electra

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

// What is being read, and what will be said of it.
struct Loading {
  const ModelDirectory& directory;
  Role role;
  std::vector<std::string> notes;

  absl::Status Invalid(std::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(directory.path(), ": ", std::string(problem)));
  }
  void Note(std::string_view note) { notes.emplace_back(note); }
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
    loading->Note(absl::StrCat("the names of all tensors begin with \"", std::string(*wrapper),
                               "\", which is left out"));
  }
  return weights;
}

// Of a file that holds both networks, the one of the role, without its prefix.
absl::StatusOr<WeightMap> SplitByPrefix(WeightMap weights, Loading* loading) {
  const std::string own = absl::StrCat(std::string(RoleName(loading->role)), ".");
  const Role other_role =
      loading->role == Role::kGenerator ? Role::kDiscriminator : Role::kGenerator;
  const std::string other = absl::StrCat(std::string(RoleName(other_role)), ".");
  if (!AnyStartsWith(weights, own)) {
    if (!AnyStartsWith(weights, other)) return weights;
    return loading->Invalid(absl::StrCat("its tensors start with \"", other, "\" and none with \"",
                                         own, "\": it holds no ",
                                         std::string(RoleName(loading->role))));
  }
  WeightMap split;
  int64_t others = 0;
  for (auto& [name, tensor] : weights) {
    if (name.starts_with(own)) {
      split.emplace(name.substr(own.size()), std::move(tensor));
    } else if (name.starts_with(other)) {
      ++others;
    } else {
      return loading->Invalid(absl::StrCat("tensor ", JsonExcerpt(name),
                                           " has none of the prefixes of a file of both networks, "
                                           "\"generator.\" and \"discriminator.\""));
    }
  }
  loading->Note(absl::StrCat("the file holds both networks: ", split.size(), " tensors with \"",
                             own, "\" were taken, ", others, " with \"", other, "\" left"));
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
      return loading.Invalid(absl::StrCat("tensors ", JsonExcerpt(source->second), " and ",
                                          JsonExcerpt(name), " are both ", *today));
    }
    canonical.emplace(*today, std::move(tensor));
  }
  return canonical;
}

// A directory of the other network gives gibberish when its encoder is taken for this one's.
absl::Status CheckRole(const WeightMap& weights, const Loading& loading) {
  const bool generator = AnyStartsWith(weights, kGeneratorHead);
  const bool discriminator = AnyStartsWith(weights, kDiscriminatorHead);
  if (loading.role == Role::kGenerator && !generator) {
    return loading.Invalid(
        discriminator ? "this is a discriminator (it has discriminator_predictions.* and no "
                        "generator_predictions.*); give the directory of its generator"
                      : "has no generator_predictions.*, so it is not a generator");
  }
  if (loading.role == Role::kDiscriminator && generator && !discriminator) {
    return loading.Invalid(
        "this is a generator (it has generator_predictions.* and no discriminator_predictions.*); "
        "give the directory of its discriminator");
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
    return loading.Invalid(
        "generator_lm_head.weight differs from electra.embeddings.word_embeddings.weight although "
        "tie_word_embeddings is true; set it to false in config.json to keep both, or remove "
        "generator_lm_head.weight");
  }
  if (head->second.view.shape == words->second.view.shape) weights->erase(head);
  return absl::OkStatus();
}

// Applies what is accepted beyond the exact set of tensors.
absl::Status ApplyExceptions(Loading* loading, PretrainedNetwork* network, ShapeMap* expected) {
  const ElectraConfig& config = network->config;
  if (config.embedding_size == config.hidden_size) {
    const size_t dropped = std::erase_if(network->weights, [](const auto& entry) {
      return entry.first.starts_with(kEmbeddingsProject);
    });
    if (dropped > 0) {
      loading->Note("embeddings_project is ignored: embedding_size equals hidden_size");
    }
  }
  if (loading->role == Role::kGenerator) {
    return DropTiedWeight(config, *loading, &network->weights);
  }
  if (!AnyStartsWith(network->weights, kDiscriminatorHead)) {
    network->random_head = true;
    std::erase_if(*expected,
                  [](const auto& entry) { return entry.first.starts_with(kDiscriminatorHead); });
    loading->Note(
        "discriminator_predictions is missing: the discriminator starts with a random head");
  }
  return absl::OkStatus();
}

absl::Status CheckTypes(Loading* loading, const WeightMap& weights) {
  std::set<std::string> converted;
  for (const auto& [name, tensor] : weights) {
    if (!IsFloatingPoint(tensor.view.dtype)) {
      return loading->Invalid(absl::StrCat("tensor ", name, " holds ",
                                           std::string(TorchDTypeName(tensor.view.dtype)),
                                           ", not floating-point numbers"));
    }
    if (tensor.view.dtype != DType::kFloat32) {
      converted.emplace(TorchDTypeName(tensor.view.dtype));
    }
  }
  for (const std::string& type : converted) {
    loading->Note(absl::StrCat("weights in ", type, " are converted to float32"));
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
    return loading->Invalid(absl::StrCat("config.json says num_hidden_layers ", layers,
                                         ", but there are only ", network->weights.size(),
                                         " tensors"));
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
    return loading->Invalid(absl::StrCat("the vocabulary has ", tokens,
                                         " tokens, but the word embedding only ", rows,
                                         " rows (vocab_size)"));
  }
  if (tokens < rows) {
    loading->Note(absl::StrCat("the word embedding has ", rows, " rows, the vocabulary ", tokens,
                               " tokens: the last ", rows - tokens, " rows are not used"));
  }
  const int64_t pad = files.vocabulary.special().pad;
  if (pad != network->config.pad_token_id) {
    loading->Note(absl::StrCat("pad_token_id is ", network->config.pad_token_id,
                               " in config.json, but [PAD] is token ", pad));
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

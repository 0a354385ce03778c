#include "core/session/session.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/model/randomness.h"
#include "core/session/device.h"
#include "core/session/freed_memory.h"
#include "core/session/parameter_treatment.h"
#include "core/session/session_impl.h"

namespace electra {
namespace {

// Dropouts and shared tensors come from the hyperparameters, whatever the config says.
ElectraConfig WithDropout(ElectraConfig config, const Hyperparameters& hyperparameters) {
  config.hidden_dropout_prob = hyperparameters.hidden_dropout_prob;
  config.attention_probs_dropout_prob = hyperparameters.attention_probs_dropout_prob;
  return config;
}

// A card's short type is bfloat16 where the card has it, else float16. That a processor has
// instructions for bfloat16 is the trainer's to check: without them it is only slow.
NetworkOptions NetworkOptionsOf(const SessionOptions& options, const at::Device& device) {
  const Hyperparameters& hyperparameters = options.hyperparameters;
  NetworkOptions network{.device = device,
                         .compute_type = at::kFloat,
                         .recompute_activations = hyperparameters.gradient_checkpointing};
  if (!device.is_cuda()) {
    if (options.processor_arithmetic == ProcessorArithmetic::kLibtorchFloat64) {
      network.weight_type = at::kDouble;
    } else if (hyperparameters.ComputesInBf16(options.device)) {
      network.compute_type = at::kBFloat16;
    }
    return network;
  }
  UseDevice(options.device);  // the next question is about the calling thread's
  network.is_ampere = at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  const bool wants_bf16 = hyperparameters.ComputesInBf16(options.device);
  if (hyperparameters.fp16 || (wants_bf16 && !network.is_ampere)) {
    network.compute_type = at::kHalf;
  } else if (wants_bf16) {
    network.compute_type = at::kBFloat16;
  }
  return network;
}

// Settings of the whole process: sessions on cards that live at the same time share them
// (core/loop/compute_modes.h).
void SetComputeModes(const Hyperparameters& hyperparameters) {
  at::Context& context = at::globalContext();
  context.setFloat32MatmulPrecision(hyperparameters.tf32 ? "high" : "highest");
  context.setDeterministicAlgorithms(hyperparameters.deterministic, /*warn_only=*/false);
  // Nothing here reads what it has not written.
  context.setDeterministicFillUninitializedMemory(false);
}

void Share(SharedEmbeddings shared, Embeddings& from, Embeddings& to) {
  if (shared == SharedEmbeddings::kNone || from.word.sizes() != to.word.sizes()) return;
  if (shared == SharedEmbeddings::kGdes) {
    to.base_word = from.word;
    to.word.detach().zero_();
    return;
  }
  to.word = from.word;
  if (shared != SharedEmbeddings::kAll || from.position.sizes() != to.position.sizes() ||
      from.token_type.sizes() != to.token_type.sizes()) {
    return;
  }
  to.position = from.position;
  to.token_type = from.token_type;
  to.norm.weight = from.norm.weight;
  to.norm.bias = from.norm.bias;
}

}  // namespace

TrainingSession::Impl::Impl(const SessionOptions& session_options)
    : options(session_options),
      device(options.device),
      network_options(NetworkOptionsOf(options, device)),
      generator((SeedGenerators(device, StepKey(static_cast<uint64_t>(options.hyperparameters.seed),
                                                RandomUse::kStep, 0)),
                 WithDropout(options.model.generator, options.hyperparameters)),
                network_options),
      discriminator(WithDropout(options.model.discriminator, options.hyperparameters),
                    network_options) {
  if (device.is_cpu()) KeepFreedMemory();
  if (network_options.compute_type == at::kHalf) loss_scale = LossScale(device);
  if (device.is_cuda()) SetComputeModes(options.hyperparameters);
  Share(options.hyperparameters.shared_embeddings, generator.encoder().embeddings(),
        discriminator.encoder().embeddings());
  if (options.hyperparameters.disc_token_weights != DiscTokenWeights::kNone) {
    const int64_t tokens = options.model.discriminator.vocab_size;
    PutTokenWeights(std::vector<float>(static_cast<size_t>(tokens), 1.0F));
  }
  skipped_steps = at::zeros({}, at::TensorOptions().device(device).dtype(at::kFloat));
  std::vector<at::Tensor> seen;
  std::vector<ParameterTreatment> treatments;
  std::vector<StagedParameter> staged;
  for (const auto& [name, named] : UniqueParameters()) {
    const at::Tensor& parameter = named.parameter;
    const auto same = [&](const at::Tensor& other) { return other.is_same(parameter); };
    if (std::any_of(seen.begin(), seen.end(), same)) continue;  // a later slice of query_key_value
    seen.push_back(parameter);
    const ElectraConfig& network =
        name.starts_with("generator.") ? options.model.generator : options.model.discriminator;
    const ParameterTreatment treatment =
        TreatmentOf(named.name, network.num_hidden_layers, options.hyperparameters);
    if (treatment.frozen) {
      parameter.set_requires_grad(false);
      continue;
    }
    trained.push_back(parameter);
    treatments.push_back(treatment);
    staged.push_back({parameter, StageOf(name)});
    const bool is_leader = !options.ranks || options.ranks->rank() == 0;
    if (options.hyperparameters.ema_decay > 0 && is_leader) average.AddParameter(parameter);
  }
  const bool shards = options.hyperparameters.zero_redundancy_optimizer && options.ranks != nullptr;
  if (options.ranks) {
    buckets = std::make_unique<GradientBuckets>(
        *options.ranks, std::move(staged),
        GradientBucketsOptions{.shards = shards,
                               .compression = options.hyperparameters.gradient_compression});
    const int64_t layers = options.model.discriminator.num_hidden_layers;
    discriminator.encoder().set_backward_observer(
        [this, layers](int64_t layer) { buckets->StageDone(layers - layer); });
  }
  for (size_t i = 0; i < trained.size() && !shards; ++i) {
    optimizer.AddParameter(trained[i], treatments[i]);
  }
  if (!shards) return;
  for (const ParameterShard& shard : buckets->shards()) {
    optimizer.AddParameter(shard.values, treatments[shard.parameter]);
  }
}

// 0: with the generator's pass, which is the first. 1 ... layers: the discriminator's layers, the
// top one, with the head, first. Behind them what the last of its backward pass adds to.
int64_t TrainingSession::Impl::StageOf(const std::string& name) const {
  const int64_t layers = options.model.discriminator.num_hidden_layers;
  const bool is_embedding = name.find(".electra.embeddings") != std::string::npos;
  const SharedEmbeddings shared = options.hyperparameters.shared_embeddings;
  const bool is_shared = is_embedding && name.find("embeddings_project") == std::string::npos &&
                         (shared == SharedEmbeddings::kWord || shared == SharedEmbeddings::kAll);
  if (name.starts_with("generator.")) return is_shared ? layers + 1 : 0;
  if (is_embedding) return layers + 1;
  constexpr std::string_view kLayer = "discriminator.electra.encoder.layer.";
  if (!name.starts_with(kLayer)) return 1;
  return layers - std::stoll(name.substr(kLayer.size()));
}

std::vector<std::pair<std::string, NamedParameter>> TrainingSession::Impl::UniqueParameters()
    const {
  std::vector<std::pair<std::string, NamedParameter>> unique;
  for (const NamedParameter& parameter : generator.Parameters()) {
    unique.emplace_back("generator." + parameter.name, parameter);
  }
  const size_t generator_count = unique.size();
  for (const NamedParameter& parameter : discriminator.Parameters()) {
    const auto is_shared = [&](const auto& entry) {
      return entry.second.parameter.is_same(parameter.parameter);
    };
    if (std::any_of(unique.begin(), unique.begin() + static_cast<ptrdiff_t>(generator_count),
                    is_shared)) {
      continue;
    }
    unique.emplace_back("discriminator." + parameter.name, parameter);
  }
  return unique;
}

std::vector<std::pair<std::string, NamedParameter>> TrainingSession::Impl::TrainedParameters()
    const {
  std::vector<std::pair<std::string, NamedParameter>> trained = UniqueParameters();
  std::erase_if(trained, [](const auto& entry) { return !entry.second.parameter.requires_grad(); });
  return trained;
}

TrainingSession::TrainingSession(const SessionOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

TrainingSession::~TrainingSession() {
  const bool on_cpu = impl_->device.is_cpu();
  impl_.reset();
  if (on_cpu) ReturnFreedMemory();
}

int64_t TrainingSession::parameter_count() const {
  int64_t count = 0;
  for (const auto& [name, parameter] : impl_->UniqueParameters()) {
    count += parameter.Part(parameter.parameter).numel();
  }
  return count;
}

}  // namespace electra

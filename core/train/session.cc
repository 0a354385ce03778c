#include "core/train/session.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/core/GradMode.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/distributed/collectives.h"
#include "core/distributed/gradient_buckets.h"
#include "core/model/network.h"
#include "core/model/randomness.h"
#include "core/train/adamw.h"
#include "core/train/loss_scale.h"
#include "core/train/parameter_treatment.h"
#include "core/train/random.h"
#include "core/train/weight_average.h"

namespace electra {
namespace {

// A batch's numbers on the device, int64.
struct DeviceBatch {
  at::Tensor original_ids;      // [tokens]
  at::Tensor masked_ids;        // [tokens]
  at::Tensor positions;         // [tokens]
  at::Tensor masked_positions;  // [masked]
  at::Tensor offsets;           // [sequences + 1]
};

// One copy for all of them, out of page-locked memory where the device is a card: it runs beside
// what the card is still doing, and nobody waits for it.
DeviceBatch ToDevice(const PackedBatch& batch, const std::vector<int64_t>& offsets,
                     const at::Device& device) {
  const std::vector<int64_t>* parts[] = {&batch.original_ids, &batch.masked_ids, &batch.positions,
                                         &batch.masked_positions, &offsets};
  std::vector<int64_t> sizes;
  int64_t total = 0;
  for (const std::vector<int64_t>* part : parts) {
    sizes.push_back(static_cast<int64_t>(part->size()));
    total += sizes.back();
  }
  const at::Tensor host =
      at::empty({total}, at::TensorOptions().dtype(at::kLong).pinned_memory(device.is_cuda()));
  int64_t* next = host.mutable_data_ptr<int64_t>();
  for (const std::vector<int64_t>* part : parts) {
    next = std::copy(part->begin(), part->end(), next);
  }
  const std::vector<at::Tensor> on_device =
      host.to(device, /*non_blocking=*/true).split_with_sizes(sizes);
  return {on_device[0], on_device[1], on_device[2], on_device[3], on_device[4]};
}

std::vector<float> ToVector(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* data = host.const_data_ptr<float>();
  return {data, data + host.numel()};
}

NamedArray ToArray(const std::string& name, const at::Tensor& tensor) {
  return {.name = name, .shape = tensor.sizes().vec(), .values = ToVector(tensor)};
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void CopyInto(const NamedArray& array, const at::Tensor& target) {
  if (array.shape != target.sizes().vec()) {
    throw std::invalid_argument("tensor " + array.name + " is " + ShapeText(array.shape) +
                                ", the model's is " + ShapeText(target.sizes().vec()));
  }
  const at::Tensor source =
      at::from_blob(const_cast<float*>(array.values.data()), array.shape, at::kFloat);
  target.detach().copy_(source);
}

std::vector<int64_t> OffsetsOf(const PackedBatch& batch) {
  std::vector<int64_t> offsets = {0};
  for (const PackedSequence& sequence : batch.sequences) {
    offsets.push_back(sequence.first_token + sequence.length);
  }
  return offsets;
}

PackedTokens ToTokens(const PackedBatch& batch, const DeviceBatch& on_device,
                      const at::Tensor& ids) {
  PackedTokens tokens{.ids = ids,
                      .positions = on_device.positions,
                      .layout = {.groups = batch.groups,
                                 .offsets = OffsetsOf(batch),
                                 .device_offsets = {},
                                 .whole = batch.whole}};
  if (!ids.is_cpu()) tokens.layout.device_offsets = on_device.offsets.to(at::kInt);
  return tokens;
}

// A step's tensors are of the same sizes as the last step's. By default glibc gives large ones back
// to the system and gets them anew, page by page.
void KeepFreedMemory() {
  constexpr int kLargest = 32 << 20;  // glibc's limit for what may stay in its heap
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

void ReturnFreedMemory() { malloc_trim(0); }

// What the losses are multiplied by before the backward pass.
struct LossScales {
  double generator;
  double discriminator;
};

// The losses and counts of one pass over a batch, each a scalar on the device.
struct ForwardPass {
  at::Tensor generator_loss;        // sum over masked tokens
  at::Tensor discriminator_loss;    // sum over tokens
  at::Tensor fake_ids;              // [tokens]
  at::Tensor is_fake;               // [tokens], bool
  at::Tensor discriminator_logits;  // [tokens]
  at::Tensor generator_correct;     // scalar
};

// A sequence of a batch; what the networks say of it is still on the device.
struct Observation {
  SequencePrediction prediction;
  at::Tensor fakes;   // [length]
  at::Tensor logits;  // [length]
};

// A scalar float32 on the device: 1 where a step's loss or gradient is no finite number.
at::Tensor IsBad(const at::Tensor& sums, const at::Tensor& norm) {
  const at::Tensor total = sums[0] + sums[1] + norm;  // both losses
  return total.isfinite().logical_not().to(at::kFloat);
}

}  // namespace

struct TrainingSession::Impl {
  explicit Impl(const SessionOptions& options);

  // With `scales` it trains: dropout, and the backward passes too, the generator's before the
  // discriminator begins, so that only one network's activations are held.
  ForwardPass Pass(const PackedBatch& batch, const std::optional<LossScales>& scales);
  Observation Observe(const PackedBatch& batch, size_t sequence, const ForwardPass& pass) const;
  // [9] float64 on the device, in the order of TokenSums.
  at::Tensor Sums(const PackedBatch& batch, const ForwardPass& pass) const;
  std::vector<std::pair<std::string, NamedParameter>> UniqueParameters() const;
  // Those of them that are not frozen.
  std::vector<std::pair<std::string, NamedParameter>> TrainedParameters() const;
  // Behind which stage of the backward pass a parameter's gradient is complete.
  int64_t StageOf(const std::string& name) const;
  // [9 + 2 * ranks] float64 on the device: what this rank adds to the step's sums.
  at::Tensor OwnSums(const at::Tensor& sums, const StepRequest& request, double seconds) const;
  // With sharding: the moments of whole parameters, by parameter, all ranks together.
  struct WholeMoments {
    std::vector<at::Tensor> first;
    std::vector<at::Tensor> second;
  };
  WholeMoments GatherMoments() const;
  at::Tensor WholeMoment(const at::Tensor& parameter, const std::vector<at::Tensor>& wholes) const;

  SessionOptions options;
  at::Device device;
  NetworkOptions network_options;
  Generator generator;
  Discriminator discriminator;
  AdamW optimizer;
  LossScale loss_scale;
  WeightAverage average;            // without parameters where ema_decay is 0, and on ranks above 0
  std::vector<at::Tensor> trained;  // what the optimizer updates
  std::unique_ptr<GradientBuckets> buckets;  // null where there is one rank
  WholeMoments restored;                     // until SynchronizeState, with sharding
  int64_t step = 0;
  at::Tensor skipped_steps;  // scalar float32

  struct Pending {
    int64_t step;
    // [11 + 2 * ranks] float64: TokenSums, the gradient's norm, 1 if skipped, then each rank's
    // tokens and each rank's seconds.
    at::Tensor sums;
  };
  std::vector<Pending> pending;
  std::optional<Observation> observed;
};

namespace {

TokenSums FromTensor(const at::Tensor& sums) {
  const double* v = sums.const_data_ptr<double>();
  const auto count = [v](int i) { return static_cast<int64_t>(v[i]); };
  return {.generator_loss = v[0],
          .discriminator_loss = v[1],
          .masked = count(2),
          .tokens = count(3),
          .generator_correct = count(4),
          .discriminator_correct = count(5),
          .fakes = count(6),
          .suspected = count(7),
          .caught = count(8)};
}

uint64_t StepKey(uint64_t seed, RandomUse use, uint64_t index) {
  return KeyedRandom({static_cast<uint64_t>(use), seed, index}).Next();
}

// Of one micro-batch of a step, whichever rank computes it.
uint64_t MicroBatchKey(uint64_t seed, int64_t step, int64_t index) {
  const uint64_t key = StepKey(seed, RandomUse::kStep, static_cast<uint64_t>(step));
  return index == 0 ? key : KeyedRandom({key, static_cast<uint64_t>(index)}).Next();
}

using Clock = std::chrono::steady_clock;

// Of the slowest of those that had tokens, out of each rank's tokens and each rank's seconds.
double SlowestRank(const double* tokens, const double* seconds, int64_t ranks) {
  double slowest = 0;
  for (int64_t i = 0; i < ranks; ++i) {
    if (tokens[i] <= 0 || seconds[i] <= 0) continue;
    const double rate = tokens[i] / seconds[i];
    if (slowest == 0 || rate < slowest) slowest = rate;
  }
  return slowest;
}

// Dropouts and shared tensors come from the hyperparameters, whatever the config says.
ElectraConfig WithDropout(ElectraConfig config, const Hyperparameters& hyperparameters) {
  config.hidden_dropout_prob = hyperparameters.hidden_dropout_prob;
  config.attention_probs_dropout_prob = hyperparameters.attention_probs_dropout_prob;
  return config;
}

// The short type is bfloat16 where the card has it, else float16; a CPU computes in float32.
NetworkOptions NetworkOptionsOf(const Hyperparameters& hyperparameters, const at::Device& device) {
  NetworkOptions network{.device = device,
                         .compute_type = at::kFloat,
                         .recompute_activations = hyperparameters.gradient_checkpointing};
  if (!device.is_cuda()) return network;
  const bool has_bfloat16 = at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  if (hyperparameters.fp16 || (hyperparameters.bf16 && !has_bfloat16)) {
    network.compute_type = at::kHalf;
  } else if (hyperparameters.bf16) {
    network.compute_type = at::kBFloat16;
  }
  return network;
}

void Share(SharedEmbeddings shared, Embeddings& from, Embeddings& to) {
  if (shared == SharedEmbeddings::kNone || from.word.sizes() != to.word.sizes()) return;
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
      network_options(NetworkOptionsOf(options.hyperparameters, device)),
      generator((SeedGenerators(device, StepKey(static_cast<uint64_t>(options.hyperparameters.seed),
                                                RandomUse::kStep, 0)),
                 WithDropout(options.model.generator, options.hyperparameters)),
                network_options),
      discriminator(WithDropout(options.model.discriminator, options.hyperparameters),
                    network_options) {
  if (device.is_cpu()) KeepFreedMemory();
  if (network_options.compute_type == at::kHalf) loss_scale = LossScale(device);
  if (device.is_cuda()) {
    at::globalContext().setFloat32MatmulPrecision(options.hyperparameters.tf32 ? "high"
                                                                               : "highest");
  }
  Share(options.hyperparameters.shared_embeddings, generator.encoder().embeddings(),
        discriminator.encoder().embeddings());
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
  const bool is_shared = is_embedding && name.find("embeddings_project") == std::string::npos &&
                         options.hyperparameters.shared_embeddings != SharedEmbeddings::kNone;
  if (name.starts_with("generator.")) return is_shared ? layers + 1 : 0;
  if (is_embedding) return layers + 1;
  constexpr std::string_view kLayer = "discriminator.electra.encoder.layer.";
  if (!name.starts_with(kLayer)) return 1;
  return layers - std::stoll(name.substr(kLayer.size()));
}

// Named by network; what is shared stands once, under the generator.
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

ForwardPass TrainingSession::Impl::Pass(const PackedBatch& batch,
                                        const std::optional<LossScales>& scales) {
  const DeviceBatch on_device = ToDevice(batch, OffsetsOf(batch), device);
  const at::Tensor& original = on_device.original_ids;       // [tokens]
  const at::Tensor& masked_at = on_device.masked_positions;  // [masked]
  PackedTokens tokens = ToTokens(batch, on_device, on_device.masked_ids);

  ForwardPass pass;
  MaskedHeadOptions head{.temperature = options.hyperparameters.temperature,
                         .gradient_scale = scales ? scales->generator : 1.0,
                         .loss_scale = loss_scale.factor(),
                         .wants_gradient = scales.has_value()};
  if (batch.whole) head.places = batch.whole->masked_places;
  const MaskedHeadResult generated =
      generator.Predict(tokens, masked_at, original.index_select(0, masked_at), head);
  if (scales && buckets) buckets->StageDone(0);
  pass.generator_loss = generated.loss;
  pass.generator_correct = generated.correct;
  pass.fake_ids = original.index_copy(0, masked_at, generated.sampled);
  pass.is_fake = pass.fake_ids != original;

  tokens.ids = pass.fake_ids;
  pass.discriminator_logits = discriminator.Forward(tokens, /*train=*/scales.has_value());
  pass.discriminator_loss = at::binary_cross_entropy_with_logits(
      pass.discriminator_logits, pass.is_fake.to(at::kFloat), {}, {}, at::Reduction::Sum);
  if (scales) {
    at::Tensor scaled = pass.discriminator_loss * scales->discriminator;
    if (loss_scale.factor().defined()) scaled = scaled * loss_scale.factor();
    scaled.backward();
  }
  return pass;
}

at::Tensor TrainingSession::Impl::Sums(const PackedBatch& batch, const ForwardPass& pass) const {
  const c10::NoGradGuard no_grad;
  const at::Tensor suspected = pass.discriminator_logits > 0;
  const auto scalar = [&](int64_t value) {
    return at::full({}, value, at::TensorOptions().device(device).dtype(at::kDouble));
  };
  return at::stack({pass.generator_loss.to(at::kDouble), pass.discriminator_loss.to(at::kDouble),
                    scalar(batch.masked_count()), scalar(batch.token_count()),
                    pass.generator_correct.to(at::kDouble),
                    (suspected == pass.is_fake).sum().to(at::kDouble),
                    pass.is_fake.sum().to(at::kDouble), suspected.sum().to(at::kDouble),
                    (suspected & pass.is_fake).sum().to(at::kDouble)});
}

Observation TrainingSession::Impl::Observe(const PackedBatch& batch, size_t index,
                                           const ForwardPass& pass) const {
  const PackedSequence& packed = batch.sequences.at(index);
  SequencePrediction prediction;
  prediction.sequence = packed.sequence;
  const auto first = static_cast<size_t>(packed.first_token);
  prediction.masked.assign(static_cast<size_t>(packed.length), false);
  for (size_t i = 0; i < prediction.masked.size(); ++i) {
    prediction.original_ids.push_back(static_cast<int32_t>(batch.original_ids[first + i]));
  }
  for (int64_t masked : batch.masked_positions) {
    if (masked >= packed.first_token && masked < packed.first_token + packed.length) {
      prediction.masked[static_cast<size_t>(masked - packed.first_token)] = true;
    }
  }
  return {
      .prediction = std::move(prediction),
      .fakes = pass.fake_ids.narrow(0, packed.first_token, packed.length).clone(),
      .logits =
          pass.discriminator_logits.detach().narrow(0, packed.first_token, packed.length).clone()};
}

namespace {

SequencePrediction Fetch(Observation observation) {
  SequencePrediction prediction = std::move(observation.prediction);
  const at::Tensor fakes = observation.fakes.to(at::kCPU);
  const at::Tensor probabilities =
      observation.logits.to(at::kCPU, at::kFloat).sigmoid().contiguous();
  for (int64_t i = 0; i < fakes.size(0); ++i) {
    prediction.fake_ids.push_back(static_cast<int32_t>(fakes.const_data_ptr<int64_t>()[i]));
    prediction.fake_probabilities.push_back(probabilities.const_data_ptr<float>()[i]);
  }
  return prediction;
}

}  // namespace

TrainingSession::TrainingSession(const SessionOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

TrainingSession::~TrainingSession() {
  const bool on_cpu = impl_->device.is_cpu();
  impl_.reset();
  if (on_cpu) ReturnFreedMemory();
}

void TrainingSession::Step(const StepRequest& request) {
  Impl& self = *impl_;
  const Hyperparameters& hyperparameters = self.options.hyperparameters;
  const Clock::time_point start = Clock::now();
  int64_t tokens = request.step_tokens;
  int64_t masked = request.step_masked;
  if (tokens == 0) {
    for (const PackedBatch& batch : request.micro_batches) {
      tokens += batch.token_count();
      masked += batch.masked_count();
    }
  }
  const LossScales scales{
      .generator = hyperparameters.gen_weight / static_cast<double>(std::max<int64_t>(1, masked)),
      .discriminator = request.disc_weight / static_cast<double>(std::max<int64_t>(1, tokens))};

  at::Tensor sums;
  for (size_t i = 0; i < request.micro_batches.size(); ++i) {
    const PackedBatch& batch = request.micro_batches[i];
    const auto index = request.indices.empty() ? static_cast<int64_t>(i) : request.indices[i];
    uint64_t key = MicroBatchKey(static_cast<uint64_t>(hyperparameters.seed), request.step, index);
    // A card's generator knows no places: its parts of a batch draw numbers of their own.
    if (batch.whole && !self.device.is_cpu()) {
      key = KeyedRandom({key, static_cast<uint64_t>(self.options.ranks->rank()) + 1}).Next();
    }
    SeedGenerators(self.device, key);
    if (self.buckets && i + 1 == request.micro_batches.size()) self.buckets->Begin();
    const ForwardPass pass = self.Pass(batch, scales);
    const at::Tensor batch_sums = self.Sums(batch, pass);
    sums = sums.defined() ? sums + batch_sums : batch_sums;
    if (i == 0 && request.observed_sequence) {
      self.observed = self.Observe(batch, *request.observed_sequence, pass);
      self.observed->prediction.step = request.step;
    }
  }
  const bool shards = hyperparameters.zero_redundancy_optimizer && self.buckets;
  if (self.buckets) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    sums = self.OwnSums(sums, request, seconds);
    self.buckets->Flush();
    const Collectives::Completion summed = self.options.ranks->SumOverRanks(sums);
    self.buckets->Finish();
    summed();
  }
  const bool has_gradients = !shards || !self.buckets->shards().empty();
  at::Tensor joint_norm = has_gradients ? self.optimizer.GradientNorm()
                                        : at::zeros({}, sums.options().dtype(at::kFloat));
  if (shards) {
    const at::Tensor square = joint_norm.to(at::kDouble).square();
    self.options.ranks->SumOverRanks(square)();
    joint_norm = square.sqrt().to(at::kFloat);
  }
  const at::Tensor norm = self.optimizer.ClipGradients(joint_norm, hyperparameters.max_grad_norm,
                                                       self.loss_scale.factor());
  const at::Tensor skip = IsBad(sums, norm);
  self.optimizer.Step(hyperparameters, request.learning_rate, skip);
  if (shards) self.buckets->Publish();
  self.loss_scale.Update(skip);
  if (!self.average.empty()) self.average.Update(hyperparameters.ema_decay, request.step, skip);
  self.skipped_steps += skip;
  self.step = request.step;
  const std::vector<at::Tensor> parts = sums.split_with_sizes({9, sums.size(0) - 9});
  self.pending.push_back({request.step, at::cat({parts[0], norm.to(at::kDouble).view({1}),
                                                 skip.to(at::kDouble).view({1}), parts[1]})});
}

at::Tensor TrainingSession::Impl::OwnSums(const at::Tensor& sums, const StepRequest& request,
                                          double seconds) const {
  double tokens = 0;
  for (const PackedBatch& batch : request.micro_batches) {
    tokens += static_cast<double>(batch.token_count());
  }
  const auto doubles = at::TensorOptions().dtype(at::kDouble);
  const int64_t ranks = options.ranks->size();
  at::Tensor speeds = at::zeros({2 * ranks}, doubles);
  speeds.mutable_data_ptr<double>()[options.ranks->rank()] = tokens;
  // A card is not waited for, so its time is not known here.
  if (device.is_cpu()) speeds.mutable_data_ptr<double>()[ranks + options.ranks->rank()] = seconds;
  return at::cat(
      {sums.defined() ? sums : at::zeros({9}, doubles.device(device)), speeds.to(device)});
}

bool TrainingSession::Fits(const PackedBatch& batch) {
  const auto free_memory = [&] {
    for (const at::Tensor& parameter : impl_->trained) parameter.mutable_grad().reset();
    if (impl_->device.is_cuda()) at::accelerator::emptyCache();
  };
  if (impl_->buckets) impl_->buckets->Cancel();
  free_memory();  // what a step left that did not end
  bool fits = true;
  try {
    impl_->Pass(batch, LossScales{.generator = 1.0, .discriminator = 1.0});
  } catch (const std::exception& error) {
    if (!IsOutOfMemory(error)) throw;
    fits = false;
  }
  free_memory();
  return fits;
}

std::vector<StepResult> TrainingSession::TakeResults() {
  std::vector<StepResult> results;
  if (impl_->pending.empty()) return results;
  if (impl_->options.ranks) impl_->options.ranks->Settle();
  std::vector<at::Tensor> sums;
  for (const Impl::Pending& pending : impl_->pending) sums.push_back(pending.sums);
  const at::Tensor host = at::stack(sums).to(at::kCPU);  // one wait for all of them
  for (size_t i = 0; i < impl_->pending.size(); ++i) {
    const at::Tensor row = host[static_cast<int64_t>(i)];
    const double* values = row.const_data_ptr<double>();
    const int64_t ranks = (row.size(0) - 11) / 2;
    results.push_back(
        {.step = impl_->pending[i].step,
         .sums = FromTensor(row),
         .gradient_norm = values[9],
         .skipped = values[10] != 0,
         .ranks = std::max<int64_t>(1, ranks),
         .slowest_rank_tokens_per_second = SlowestRank(values + 11, values + 11 + ranks, ranks)});
  }
  impl_->pending.clear();
  return results;
}

std::optional<SequencePrediction> TrainingSession::TakePrediction() {
  if (!impl_->observed) return std::nullopt;
  return Fetch(*std::exchange(impl_->observed, std::nullopt));
}

TokenSums TrainingSession::Evaluate(const PackedBatch& batch, uint64_t key,
                                    TokenVerdicts* verdicts) {
  const c10::NoGradGuard no_grad;
  const WeightAverage::InUse average = impl_->average.Use();
  SeedGenerators(impl_->device, StepKey(static_cast<uint64_t>(impl_->options.hyperparameters.seed),
                                        RandomUse::kEvaluation, key));
  const ForwardPass pass = impl_->Pass(batch, std::nullopt);
  at::Tensor results = impl_->Sums(batch, pass);
  if (verdicts == nullptr) return FromTensor(results.to(at::kCPU));
  // Ids and verdicts as one number each, behind the sums: a double holds them exactly.
  const at::Tensor suspected = (pass.discriminator_logits > 0).to(at::kLong);
  results = at::cat({results, (pass.fake_ids * 2 + suspected).to(at::kDouble)}).to(at::kCPU);
  const double* numbers =
      results.const_data_ptr<double>() + (results.size(0) - batch.token_count());
  verdicts->fake_ids.clear();
  verdicts->suspected.clear();
  for (int64_t i = 0; i < batch.token_count(); ++i) {
    const auto number = static_cast<int64_t>(numbers[i]);
    verdicts->fake_ids.push_back(static_cast<int32_t>(number / 2));
    verdicts->suspected.push_back(number % 2 == 1);
  }
  return FromTensor(results);
}

// Every step begins with a seed of its own, so that looking at a batch in between changes nothing.
PredictionResult TrainingSession::Predict(const PackedBatch& batch) {
  const c10::NoGradGuard no_grad;
  const WeightAverage::InUse average = impl_->average.Use();
  SeedGenerators(impl_->device, StepKey(static_cast<uint64_t>(impl_->options.hyperparameters.seed),
                                        RandomUse::kProbe, 0));
  const ForwardPass pass = impl_->Pass(batch, std::nullopt);
  PredictionResult result{.sums = FromTensor(impl_->Sums(batch, pass).to(at::kCPU)),
                          .predictions = {}};
  for (size_t i = 0; i < batch.sequences.size(); ++i) {
    result.predictions.push_back(Fetch(impl_->Observe(batch, i, pass)));
  }
  return result;
}

InferenceResult TrainingSession::Infer(const PackedBatch& batch) {
  const c10::NoGradGuard no_grad;
  const WeightAverage::InUse average = impl_->average.Use();
  const DeviceBatch on_device = ToDevice(batch, OffsetsOf(batch), impl_->device);
  const at::Tensor& masked = on_device.masked_positions;
  PackedTokens tokens = ToTokens(batch, on_device, on_device.masked_ids);
  InferenceResult result;
  result.generator_hidden = ToVector(impl_->generator.encoder().Forward(tokens, /*train=*/false));
  result.generator_logits = ToVector(impl_->generator.Forward(tokens, masked, /*train=*/false));
  tokens.ids = on_device.original_ids;
  result.discriminator_hidden =
      ToVector(impl_->discriminator.encoder().Forward(tokens, /*train=*/false));
  result.discriminator_logits = ToVector(impl_->discriminator.Forward(tokens, /*train=*/false));
  return result;
}

SessionState TrainingSession::CopyState() const {
  if (impl_->options.ranks) impl_->options.ranks->Settle();
  SessionState state = CopyWeights();
  const Impl::WholeMoments moments = impl_->GatherMoments();
  for (const auto& [name, parameter] : impl_->TrainedParameters()) {
    state.first_moments.push_back(
        ToArray(name, parameter.Part(impl_->WholeMoment(parameter.parameter, moments.first))));
    state.second_moments.push_back(
        ToArray(name, parameter.Part(impl_->WholeMoment(parameter.parameter, moments.second))));
    if (impl_->average.empty()) continue;
    state.trained.push_back(ToArray(name, parameter.Part(parameter.parameter)));
  }
  return state;
}

SessionState TrainingSession::CopyWeights() const {
  SessionState state;
  state.step = impl_->step;
  state.skipped_steps = static_cast<int64_t>(impl_->skipped_steps.item<float>());
  const WeightAverage::InUse average = impl_->average.Use();
  for (const NamedParameter& parameter : impl_->generator.Parameters()) {
    state.generator.push_back(ToArray(parameter.name, parameter.Part(parameter.parameter)));
  }
  for (const NamedParameter& parameter : impl_->discriminator.Parameters()) {
    state.discriminator.push_back(ToArray(parameter.name, parameter.Part(parameter.parameter)));
  }
  return state;
}

void TrainingSession::ContributeState() const { impl_->GatherMoments(); }

TrainingSession::Impl::WholeMoments TrainingSession::Impl::GatherMoments() const {
  WholeMoments moments;
  if (!buckets || !options.hyperparameters.zero_redundancy_optimizer) {
    for (const at::Tensor& parameter : trained) {
      moments.first.push_back(optimizer.FirstMoment(parameter));
      moments.second.push_back(optimizer.SecondMoment(parameter));
    }
    return moments;
  }
  std::vector<at::Tensor> first;
  std::vector<at::Tensor> second;
  for (const ParameterShard& shard : buckets->shards()) {
    first.push_back(optimizer.FirstMoment(shard.values));
    second.push_back(optimizer.SecondMoment(shard.values));
  }
  moments.first = buckets->GatherShards(first);
  moments.second = buckets->GatherShards(second);
  return moments;
}

at::Tensor TrainingSession::Impl::WholeMoment(const at::Tensor& parameter,
                                              const std::vector<at::Tensor>& wholes) const {
  for (size_t i = 0; i < trained.size(); ++i) {
    if (trained[i].is_same(parameter)) return wholes[i];
  }
  throw std::logic_error("no such parameter in the optimizer");
}

namespace {

using ArraysByName = std::map<std::string, const NamedArray*>;

ArraysByName Index(const std::vector<NamedArray>& arrays) {
  ArraysByName index;
  for (const NamedArray& array : arrays) index[array.name] = &array;
  return index;
}

// Takes the array of this name out of the index and copies it.
void Restore(const std::string& name, ArraysByName& index, const at::Tensor& target) {
  const auto found = index.find(name);
  if (found == index.end()) throw std::invalid_argument("tensor " + name + " is missing");
  CopyInto(*found->second, target);
  index.erase(found);
}

void CheckAllUsed(const ArraysByName& index) {
  if (index.empty()) return;
  throw std::invalid_argument("tensor " + index.begin()->first + " is none of the model's");
}

}  // namespace

void TrainingSession::RestoreState(const SessionState& state) {
  const c10::NoGradGuard no_grad;
  ArraysByName generator = Index(state.generator);
  for (const NamedParameter& parameter : impl_->generator.Parameters()) {
    Restore(parameter.name, generator, parameter.Part(parameter.parameter));
  }
  CheckAllUsed(generator);
  ArraysByName discriminator = Index(state.discriminator);
  for (const NamedParameter& parameter : impl_->discriminator.Parameters()) {
    Restore(parameter.name, discriminator, parameter.Part(parameter.parameter));
  }
  CheckAllUsed(discriminator);
  impl_->average.Reset();
  if (!state.trained.empty()) {
    ArraysByName trained = Index(state.trained);
    for (const auto& [name, parameter] : impl_->TrainedParameters()) {
      Restore(name, trained, parameter.Part(parameter.parameter));
    }
    CheckAllUsed(trained);
  }
  if (!state.first_moments.empty() || !state.second_moments.empty()) {
    ArraysByName first = Index(state.first_moments);
    ArraysByName second = Index(state.second_moments);
    Impl::WholeMoments moments;
    if (impl_->buckets && impl_->options.hyperparameters.zero_redundancy_optimizer) {
      for (const at::Tensor& parameter : impl_->trained) {
        moments.first.push_back(at::empty_like(parameter.detach()));
        moments.second.push_back(at::empty_like(parameter.detach()));
      }
      impl_->restored = moments;  // until the ranks have their parts
    } else {
      moments = impl_->GatherMoments();
    }
    for (const auto& [name, parameter] : impl_->TrainedParameters()) {
      Restore(name, first, parameter.Part(impl_->WholeMoment(parameter.parameter, moments.first)));
      Restore(name, second,
              parameter.Part(impl_->WholeMoment(parameter.parameter, moments.second)));
    }
    CheckAllUsed(first);
    CheckAllUsed(second);
  }
  impl_->optimizer.SetStepCount(state.step - state.skipped_steps);
  impl_->skipped_steps.fill_(state.skipped_steps);
  impl_->step = state.step;
}

void TrainingSession::SynchronizeState() {
  if (!impl_->options.ranks) return;
  const c10::NoGradGuard no_grad;
  Collectives& ranks = *impl_->options.ranks;
  const auto counts = at::TensorOptions().dtype(at::kDouble);
  at::Tensor header = at::zeros({3}, counts);
  double* numbers = header.mutable_data_ptr<double>();
  numbers[0] = static_cast<double>(impl_->step);
  numbers[1] = impl_->skipped_steps.item<double>();
  numbers[2] = impl_->restored.first.empty() ? 0 : 1;
  header = header.to(impl_->device);
  ranks.Broadcast(header)();
  header = header.to(at::kCPU);
  numbers = header.mutable_data_ptr<double>();
  for (const auto& [name, parameter] : impl_->UniqueParameters()) {
    if (parameter.first_row > 0) continue;  // sent as a whole with its first slice
    ranks.Broadcast(parameter.parameter.detach())();
  }
  if (!impl_->options.hyperparameters.zero_redundancy_optimizer) {
    const Impl::WholeMoments moments = impl_->GatherMoments();
    for (const auto* list : {&moments.first, &moments.second}) {
      for (const at::Tensor& moment : *list) ranks.Broadcast(moment)();
    }
  } else if (numbers[2] != 0) {
    std::vector<at::Tensor> first;
    std::vector<at::Tensor> second;
    for (const ParameterShard& shard : impl_->buckets->shards()) {
      first.push_back(impl_->optimizer.FirstMoment(shard.values));
      second.push_back(impl_->optimizer.SecondMoment(shard.values));
    }
    impl_->buckets->ScatterShards(impl_->restored.first, first);
    impl_->buckets->ScatterShards(impl_->restored.second, second);
    impl_->restored = {};
  }
  impl_->step = static_cast<int64_t>(numbers[0]);
  impl_->skipped_steps.fill_(numbers[1]);
  impl_->optimizer.SetStepCount(impl_->step - static_cast<int64_t>(numbers[1]));
}

bool IsOutOfMemory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  const std::string_view what = error.what();
  return what.find("out of memory") != std::string_view::npos ||
         what.find("can't allocate memory") != std::string_view::npos;
}

int64_t TrainingSession::parameter_count() const {
  int64_t count = 0;
  for (const auto& [name, parameter] : impl_->UniqueParameters()) {
    count += parameter.Part(parameter.parameter).numel();
  }
  return count;
}

}  // namespace electra

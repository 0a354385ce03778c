#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "core/session/cuda_driver.h"
#include "core/session/device.h"
#include "core/session/host_copies.h"
#include "core/session/session_impl.h"

namespace electra {
namespace {

// Arrays of a state without their values, and the tensors that have them. A tensor is the storage
// that a parameter has now, whatever the average puts into the parameter later.
void AddArray(const std::string& name, const at::Tensor& tensor, std::vector<NamedArray>& arrays,
              std::vector<at::Tensor>& tensors) {
  arrays.push_back({.name = name, .shape = tensor.sizes().vec(), .values = {}});
  tensors.push_back(tensor.detach());
}

std::vector<std::vector<float>*> TargetsIn(SessionState& state) {
  std::vector<std::vector<float>*> targets;
  for (auto* arrays : {&state.generator, &state.discriminator, &state.first_moments,
                       &state.second_moments, &state.trained, &state.extras}) {
    for (NamedArray& array : *arrays) targets.push_back(&array.values);
  }
  return targets;
}

void SetCounts(const std::vector<float>& counts, SessionState& state) {
  state.skipped_steps = static_cast<int64_t>(counts[0]);
  if (counts.size() < 3) return;
  state.loss_scale = LossScaleState{.factor = counts[1], .good_steps = static_cast<int>(counts[2])};
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

// Of SessionState::extras.
constexpr char kOwnWords[] = "discriminator.own_word_embeddings";
constexpr char kTokenWeights[] = "discriminator.token_weights";

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
  throw std::invalid_argument("tensor " + index.begin()->first + " is not one of the model's");
}

}  // namespace

SessionState TrainingSession::CopyState() const { return Impl::FetchNow(impl_->GatherState()); }

SessionState TrainingSession::CopyWeights() const { return Impl::FetchNow(impl_->GatherWeights()); }

StateCopy TrainingSession::StartCopy() const {
  Impl::Gathered gathered = impl_->GatherState();
  const std::shared_ptr<DeviceSnapshot> snapshot = impl_->TakeSnapshot(gathered);
  if (!snapshot) return {.state = Impl::FetchNow(std::move(gathered)), .fetch = {}};
  return {.state = std::move(gathered.state),
          .fetch = [snapshot, device = impl_->options.device](SessionState& state) {
            UseDevice(device);  // whose errors a caller then asks about
            std::vector<float> counts;
            std::vector<std::vector<float>*> targets = TargetsIn(state);
            targets.push_back(&counts);
            snapshot->Fetch(targets);
            SetCounts(counts, state);
          }};
}

SessionState TrainingSession::Impl::FetchNow(Gathered gathered) {
  const at::Device device = gathered.counts.device();
  DeviceCopyStream stream(device);
  HostCopies copies(stream, device);
  const std::vector<std::vector<float>*> targets = TargetsIn(gathered.state);
  for (size_t i = 0; i < targets.size(); ++i) copies.Add(gathered.tensors[i], *targets[i]);
  std::vector<float> counts;
  copies.Add(gathered.counts, counts);
  copies.Finish();
  SetCounts(counts, gathered.state);
  return std::move(gathered.state);
}

std::shared_ptr<DeviceSnapshot> TrainingSession::Impl::TakeSnapshot(
    const Gathered& gathered) const {
  if (!device.is_cuda()) return nullptr;
  std::vector<at::Tensor> tensors = gathered.tensors;
  tensors.push_back(gathered.counts);
  int64_t bytes = 0;
  for (const at::Tensor& tensor : tensors) bytes += static_cast<int64_t>(tensor.nbytes());
  const std::optional<CardFacts> card = CudaDriver().Card(device.index());
  const int64_t peak = PeakMemoryBytes(options.device);
  if (!card || !LeavesRoomForSteps(bytes, peak, card->memory_bytes)) return nullptr;
  try {
    return std::make_shared<DeviceSnapshot>(tensors, MakeSideCopyStream(device));
  } catch (const std::exception& error) {
    if (!IsOutOfMemory(error)) throw;
    return nullptr;  // others use the card too
  }
}

TrainingSession::Impl::Gathered TrainingSession::Impl::GatherState() const {
  const c10::NoGradGuard no_grad;
  if (options.ranks) options.ranks->Settle();
  Gathered gathered = GatherWeights();
  SessionState& state = gathered.state;
  const WholeMoments moments = GatherMoments();
  const auto parameters = TrainedParameters();
  const auto add_moments = [&](const std::vector<at::Tensor>& wholes,
                               std::vector<NamedArray>& arrays) {
    for (const auto& [name, parameter] : parameters) {
      AddArray(name, parameter.Part(WholeMoment(parameter.parameter, wholes)), arrays,
               gathered.tensors);
    }
  };
  add_moments(moments.first, state.first_moments);
  add_moments(moments.second, state.second_moments);
  if (!average.empty()) {
    for (const auto& [name, parameter] : parameters) {
      AddArray(name, parameter.Part(parameter.parameter), state.trained, gathered.tensors);
    }
  }
  if (OwnWords().defined()) {
    const WeightAverage::InUse in_use = average.Use();
    AddArray(kOwnWords, OwnWords(), state.extras, gathered.tensors);
  }
  if (device_token_weights.defined()) {
    AddArray(kTokenWeights, device_token_weights, state.extras, gathered.tensors);
  }
  if (loss_scale.factor().defined()) {
    gathered.counts =
        at::stack({skipped_steps, loss_scale.factor(), loss_scale.good_steps().to(at::kFloat)});
  }
  return gathered;
}

// With shared_embeddings=gdes the discriminator is saved with the table that it computes with.
TrainingSession::Impl::Gathered TrainingSession::Impl::GatherWeights() const {
  const c10::NoGradGuard no_grad;
  Gathered gathered;
  gathered.state.step = step;
  gathered.counts = skipped_steps.view({1});
  const WeightAverage::InUse in_use = average.Use();
  for (const NamedParameter& parameter : generator.Parameters()) {
    AddArray(parameter.name, parameter.Part(parameter.parameter), gathered.state.generator,
             gathered.tensors);
  }
  const at::Tensor own_words = OwnWords();
  for (const NamedParameter& parameter : discriminator.Parameters()) {
    const bool is_own = own_words.defined() && parameter.parameter.is_same(own_words);
    AddArray(parameter.name,
             is_own ? own_words + generator.encoder().embeddings().word
                    : parameter.Part(parameter.parameter),
             gathered.state.discriminator, gathered.tensors);
  }
  return gathered;
}

at::Tensor TrainingSession::Impl::OwnWords() const {
  const Embeddings& embeddings = discriminator.encoder().embeddings();
  return embeddings.base_word.defined() ? embeddings.word : at::Tensor();
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
  impl_->RestoreExtras(state);
  impl_->average.Reset();
  if (!state.trained.empty()) {
    ArraysByName trained = Index(state.trained);
    for (const auto& [name, parameter] : impl_->TrainedParameters()) {
      Restore(name, trained, parameter.Part(parameter.parameter));
    }
    CheckAllUsed(trained);
  }
  if (!state.first_moments.empty() || !state.second_moments.empty()) impl_->RestoreMoments(state);
  if (state.loss_scale) impl_->loss_scale.Restore(*state.loss_scale);
  impl_->optimizer.SetStepCount(state.step - state.skipped_steps);
  impl_->skipped_steps.fill_(state.skipped_steps);
  impl_->step = state.step;
}

// A sum does not give back to the bit what was added, so a checkpoint has that too. Networks that
// come from elsewhere keep their tables: the discriminator's own is the difference.
void TrainingSession::Impl::RestoreExtras(const SessionState& state) {
  ArraysByName extras = Index(state.extras);
  if (const at::Tensor own_words = OwnWords(); own_words.defined()) {
    if (extras.contains(kOwnWords)) {
      Restore(kOwnWords, extras, own_words);
    } else {
      own_words.detach().sub_(generator.encoder().embeddings().word);
    }
  }
  if (device_token_weights.defined() && extras.contains(kTokenWeights)) {
    Restore(kTokenWeights, extras, device_token_weights);
    token_weights = ToVector(device_token_weights);
  }
  CheckAllUsed(extras);
}

void TrainingSession::Impl::RestoreMoments(const SessionState& state) {
  ArraysByName first_arrays = Index(state.first_moments);
  ArraysByName second_arrays = Index(state.second_moments);
  WholeMoments moments;
  if (buckets && options.hyperparameters.zero_redundancy_optimizer) {
    for (const at::Tensor& parameter : trained) {
      moments.first.push_back(at::empty_like(parameter.detach()));
      moments.second.push_back(at::empty_like(parameter.detach()));
    }
    restored = moments;  // until the ranks have their parts
  } else {
    moments = GatherMoments();
  }
  for (const auto& [name, parameter] : TrainedParameters()) {
    Restore(name, first_arrays, parameter.Part(WholeMoment(parameter.parameter, moments.first)));
    Restore(name, second_arrays, parameter.Part(WholeMoment(parameter.parameter, moments.second)));
  }
  CheckAllUsed(first_arrays);
  CheckAllUsed(second_arrays);
}

void TrainingSession::SynchronizeState() {
  if (!impl_->options.ranks) return;
  const c10::NoGradGuard no_grad;
  Collectives& ranks = *impl_->options.ranks;
  const auto counts = at::TensorOptions().dtype(at::kDouble);
  at::Tensor header = at::zeros({5}, counts);
  double* numbers = header.mutable_data_ptr<double>();
  numbers[0] = static_cast<double>(impl_->step);
  numbers[1] = impl_->skipped_steps.item<double>();
  numbers[2] = impl_->restored.first.empty() ? 0 : 1;
  const LossScaleState scale = impl_->loss_scale.state().value_or(LossScaleState{});
  numbers[3] = scale.factor;
  numbers[4] = scale.good_steps;
  header = header.to(impl_->device);
  ranks.Broadcast(header)();
  header = header.to(at::kCPU);
  numbers = header.mutable_data_ptr<double>();
  for (const auto& [name, parameter] : impl_->UniqueParameters()) {
    if (parameter.first_row > 0) continue;  // sent as a whole with its first slice
    ranks.Broadcast(parameter.parameter.detach())();
  }
  if (impl_->device_token_weights.defined()) {
    ranks.Broadcast(impl_->device_token_weights)();
    impl_->token_weights = ToVector(impl_->device_token_weights);
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
  impl_->loss_scale.Restore(
      {.factor = static_cast<float>(numbers[3]), .good_steps = static_cast<int>(numbers[4])});
}

}  // namespace electra

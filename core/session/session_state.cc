#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "core/session/host_copies.h"
#include "core/session/session_impl.h"

namespace electra {
namespace {

// The values are there once the copies are finished.
void AddArray(const std::string& name, const at::Tensor& tensor, HostCopies& copies,
              std::vector<NamedArray>& arrays) {
  arrays.push_back({.name = name, .shape = tensor.sizes().vec(), .values = {}});
  copies.Add(tensor, arrays.back().values);
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

SessionState TrainingSession::CopyState() const {
  if (impl_->options.ranks) impl_->options.ranks->Settle();
  SessionState state = CopyWeights();
  const Impl::WholeMoments moments = impl_->GatherMoments();
  DeviceCopyStream stream(impl_->device);
  HostCopies copies(stream, impl_->device);
  for (const auto& [name, parameter] : impl_->TrainedParameters()) {
    AddArray(name, parameter.Part(impl_->WholeMoment(parameter.parameter, moments.first)), copies,
             state.first_moments);
    AddArray(name, parameter.Part(impl_->WholeMoment(parameter.parameter, moments.second)), copies,
             state.second_moments);
    if (impl_->average.empty()) continue;
    AddArray(name, parameter.Part(parameter.parameter), copies, state.trained);
  }
  if (impl_->OwnWords().defined()) {
    const WeightAverage::InUse average = impl_->average.Use();
    AddArray(kOwnWords, impl_->OwnWords(), copies, state.extras);
  }
  if (impl_->device_token_weights.defined()) {
    AddArray(kTokenWeights, impl_->device_token_weights, copies, state.extras);
  }
  copies.Finish();
  state.loss_scale = impl_->loss_scale.state();
  return state;
}

// With shared_embeddings=gdes the discriminator is saved with the table that it computes with.
SessionState TrainingSession::CopyWeights() const {
  const c10::NoGradGuard no_grad;
  SessionState state;
  state.step = impl_->step;
  state.skipped_steps = static_cast<int64_t>(impl_->skipped_steps.item<float>());
  const WeightAverage::InUse average = impl_->average.Use();
  DeviceCopyStream stream(impl_->device);
  HostCopies copies(stream, impl_->device);
  for (const NamedParameter& parameter : impl_->generator.Parameters()) {
    AddArray(parameter.name, parameter.Part(parameter.parameter), copies, state.generator);
  }
  const at::Tensor own_words = impl_->OwnWords();
  for (const NamedParameter& parameter : impl_->discriminator.Parameters()) {
    const bool is_own = own_words.defined() && parameter.parameter.is_same(own_words);
    AddArray(parameter.name,
             is_own ? own_words + impl_->generator.encoder().embeddings().word
                    : parameter.Part(parameter.parameter),
             copies, state.discriminator);
  }
  copies.Finish();
  return state;
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

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/model/randomness.h"
#include "core/session/device.h"
#include "core/session/session_impl.h"

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;

// A scalar float32 on the device: 1 where a step's loss or gradient is not finite.
at::Tensor IsBad(const at::Tensor& sums, const at::Tensor& norm) {
  const at::Tensor total = sums[0] + sums[1] + norm;  // both losses
  return total.isfinite().logical_not().to(at::kFloat);
}

// The key of one micro-batch of a step, whichever rank computes it.
uint64_t MicroBatchKey(uint64_t seed, int64_t step, int64_t index) {
  const uint64_t key = StepKey(seed, RandomUse::kStep, static_cast<uint64_t>(step));
  return index == 0 ? key : KeyedRandom({key, static_cast<uint64_t>(index)}).Next();
}

// The speed of the slowest rank that had tokens, from each rank's tokens and seconds.
double SlowestRank(const double* tokens, const double* seconds, int64_t ranks) {
  double slowest = 0;
  for (int64_t i = 0; i < ranks; ++i) {
    if (tokens[i] <= 0 || seconds[i] <= 0) continue;
    const double rate = tokens[i] / seconds[i];
    if (slowest == 0 || rate < slowest) slowest = rate;
  }
  return slowest;
}

}  // namespace

void TrainingSession::Step(const StepRequest& request) {
  Impl& self = *impl_;
  const Clock::time_point start = Clock::now();
  at::Tensor sums = self.Accumulate(request);
  if (self.buckets) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    sums = self.OwnSums(sums, request, seconds);
    self.buckets->Flush();
    const Collectives::Completion summed = self.options.ranks->SumOverRanks(sums);
    self.buckets->Finish();
    summed();
  }
  self.Update(request, sums);
}

at::Tensor TrainingSession::Impl::Accumulate(const StepRequest& request) {
  const Hyperparameters& hyperparameters = options.hyperparameters;
  int64_t tokens = request.step_tokens;
  int64_t masked = request.step_masked;
  if (tokens == 0) {
    for (const PackedBatch& batch : request.micro_batches) {
      tokens += batch.token_count();
      masked += batch.masked_count();
    }
  }
  double weight = static_cast<double>(tokens);
  if (device_token_weights.defined()) {
    weight = request.step_weight > 0 ? request.step_weight : TokenWeight(request.micro_batches);
  }
  const LossScales scales{
      .generator = hyperparameters.gen_weight / static_cast<double>(std::max<int64_t>(1, masked)),
      .discriminator = request.disc_weight / (weight > 0 ? weight : 1)};

  RenewCopies();
  at::Tensor sums;
  for (size_t i = 0; i < request.micro_batches.size(); ++i) {
    const PackedBatch& batch = request.micro_batches[i];
    const auto index = request.indices.empty() ? static_cast<int64_t>(i) : request.indices[i];
    uint64_t key = MicroBatchKey(static_cast<uint64_t>(hyperparameters.seed), request.step, index);
    // A card's generator knows no places: its parts of a batch draw their own numbers.
    if (batch.whole && !device.is_cpu()) {
      key = KeyedRandom({key, static_cast<uint64_t>(options.ranks->rank()) + 1}).Next();
    }
    SeedGenerators(device, key);
    if (buckets && i + 1 == request.micro_batches.size()) buckets->Begin();
    const ForwardPass pass = Pass(batch, scales);
    const at::Tensor batch_sums = Sums(batch, pass);
    sums = sums.defined() ? sums + batch_sums : batch_sums;
    if (i == 0 && request.observed_sequence) {
      observed = Observe(batch, *request.observed_sequence, pass);
      observed->prediction.step = request.step;
    }
  }
  return sums;
}

void TrainingSession::Impl::Update(const StepRequest& request, const at::Tensor& sums) {
  const Hyperparameters& hyperparameters = options.hyperparameters;
  const bool shards = hyperparameters.zero_redundancy_optimizer && buckets;
  const bool has_gradients = !shards || !buckets->shards().empty();
  at::Tensor joint_norm =
      has_gradients ? optimizer.GradientNorm() : at::zeros({}, sums.options().dtype(at::kFloat));
  if (shards) {
    const at::Tensor square = joint_norm.to(at::kDouble).square();
    options.ranks->SumOverRanks(square)();
    joint_norm = square.sqrt().to(at::kFloat);
  }
  const at::Tensor norm =
      optimizer.ClipGradients(joint_norm, hyperparameters.max_grad_norm, loss_scale.factor());
  const at::Tensor skip = IsBad(sums, norm);
  optimizer.Step(hyperparameters, request.learning_rate, skip);
  if (shards) buckets->Publish();
  loss_scale.Update(skip);
  if (!average.empty()) average.Update(hyperparameters.ema_decay, request.step, skip);
  skipped_steps += skip;
  step = request.step;
  const std::vector<at::Tensor> parts =
      sums.split_with_sizes({kTokenSums, sums.size(0) - kTokenSums});
  pending.push_back({request.step, at::cat({parts[0], norm.to(at::kDouble).view({1}),
                                            skip.to(at::kDouble).view({1}), parts[1]})});
}

at::Tensor TrainingSession::Impl::OwnSums(const at::Tensor& sums, const StepRequest& request,
                                          double seconds) const {
  double tokens = 0;
  for (const PackedBatch& batch : request.micro_batches) {
    tokens += static_cast<double>(batch.token_count());
  }
  const auto doubles = at::TensorOptions().dtype(at::kDouble).device(device);
  const int64_t ranks = options.ranks->size();
  // Filled in place: a copy from the host would wait for the card.
  const at::Tensor speeds = at::zeros({2 * ranks}, doubles);
  speeds[options.ranks->rank()].fill_(tokens);
  // Nothing waits for a card, so its time is not known here.
  if (device.is_cpu()) speeds[ranks + options.ranks->rank()].fill_(seconds);
  return at::cat({sums.defined() ? sums : at::zeros({kTokenSums}, doubles), speeds});
}

bool TrainingSession::Fits(const PackedBatch& batch) {
  const auto free_memory = [&] {
    for (const at::Tensor& parameter : impl_->trained) parameter.mutable_grad().reset();
    if (impl_->device.is_cuda()) at::accelerator::emptyCache();
  };
  if (impl_->buckets) impl_->buckets->Cancel();
  free_memory();  // leftovers of a step that did not end
  impl_->RenewCopies();
  bool fits = true;
  try {
    for (int pass = 0; pass < 2; ++pass) {
      impl_->Pass(batch, LossScales{.generator = 1.0, .discriminator = 1.0});
    }
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
    constexpr int64_t kSpeeds = kTokenSums + 2;  // where they begin
    const int64_t ranks = (row.size(0) - kSpeeds) / 2;
    const double* speeds = values + kSpeeds;
    results.push_back(
        {.step = impl_->pending[i].step,
         .sums = FromTensor(row),
         .gradient_norm = values[kTokenSums],
         .skipped = values[kTokenSums + 1] != 0,
         .ranks = std::max<int64_t>(1, ranks),
         .slowest_rank_tokens_per_second = SlowestRank(speeds, speeds + ranks, ranks)});
  }
  impl_->pending.clear();
  return results;
}

std::optional<SequencePrediction> TrainingSession::TakePrediction() {
  if (!impl_->observed) return std::nullopt;
  return Fetch(*std::exchange(impl_->observed, std::nullopt));
}

}  // namespace electra

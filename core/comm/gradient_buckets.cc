#include "core/comm/gradient_buckets.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace electra {

GradientBuckets::GradientBuckets(Collectives& ranks, std::vector<StagedParameter> parameters,
                                 const GradientBucketsOptions& options)
    : ranks_(ranks), parameters_(std::move(parameters)), options_(options) {
  std::vector<size_t> order(parameters_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return parameters_[a].stage < parameters_[b].stage; });
  constexpr auto kFloat = static_cast<int64_t>(sizeof(float));
  int64_t all = 0;
  for (const StagedParameter& staged : parameters_) all += staged.parameter.numel();
  const int64_t most =
      options_.bucket_bytes > 0
          ? options_.bucket_bytes / kFloat
          : std::clamp<int64_t>(all / 16, (64 << 10) / kFloat, (25 << 20) / kFloat);
  for (size_t index : order) {
    const StagedParameter& staged = parameters_[index];
    const int64_t numel = staged.parameter.numel();
    if (buckets_.empty() || buckets_.back().numel + numel > most) buckets_.emplace_back();
    Bucket& bucket = buckets_.back();
    bucket.parameters.push_back(index);
    bucket.numel += numel;
    bucket.stage = staged.stage;
  }
  for (Bucket& bucket : buckets_) {
    bucket.part = (bucket.numel + ranks_.size() - 1) / ranks_.size();
    if (options_.shards) AddShards(bucket);
  }
}

void GradientBuckets::AddShards(Bucket& bucket) {
  const int64_t begin = ranks_.rank() * bucket.part;
  const int64_t end = std::min(bucket.numel, begin + bucket.part);
  int64_t offset = 0;  // of the parameter in the bucket
  for (size_t index : bucket.parameters) {
    const at::Tensor flat = parameters_[index].parameter.detach().view(-1);
    const int64_t from = std::max(begin, offset);
    const int64_t to = std::min(end, offset + flat.numel());
    if (from < to) {
      bucket.shards.push_back(shards_.size());
      shards_.push_back({index, flat.narrow(0, from - offset, to - from)});
    }
    offset += flat.numel();
  }
}

at::Tensor GradientBuckets::WholeBuffer(const Bucket& bucket) const {
  const int64_t size = options_.shards ? bucket.part * ranks_.size() : bucket.numel;
  const at::Tensor& like = parameters_[bucket.parameters.front()].parameter;
  at::Tensor buffer = at::empty({size}, like.options().requires_grad(false));
  if (size > bucket.numel) buffer.narrow(0, bucket.numel, size - bucket.numel).zero_();
  return buffer;
}

void GradientBuckets::Begin() {
  begun_ = true;
  next_ = 0;
}

void GradientBuckets::StageDone(int64_t stage) {
  if (!begun_) return;
  while (next_ < buckets_.size() && buckets_[next_].stage <= stage) Send(buckets_[next_++]);
}

void GradientBuckets::Flush() {
  if (!begun_) Begin();
  while (next_ < buckets_.size()) Send(buckets_[next_++]);
  begun_ = false;
}

void GradientBuckets::Finish() {
  for (Bucket& bucket : buckets_) Receive(bucket);
}

void GradientBuckets::Send(Bucket& bucket) {
  const c10::NoGradGuard no_grad;
  at::Tensor flat = WholeBuffer(bucket);
  int64_t offset = 0;
  for (size_t index : bucket.parameters) {
    const at::Tensor& parameter = parameters_[index].parameter;
    const at::Tensor target = flat.narrow(0, offset, parameter.numel());
    at::Tensor& gradient = parameter.mutable_grad();
    if (gradient.defined()) {
      target.copy_(gradient.reshape(-1));
      gradient.reset();
    } else {
      target.zero_();  // a rank without a share, or a parameter that its share does not touch
    }
    offset += parameter.numel();
  }
  if (options_.compression == GradientCompression::kBf16) flat = flat.to(at::kBFloat16);
  bucket.sent = flat;
  if (options_.shards) {
    bucket.received = at::empty({bucket.part}, flat.options());
    bucket.completion = ranks_.SumAndScatter(bucket.received, flat);
  } else {
    bucket.received = flat;
    bucket.completion = ranks_.SumOverRanks(flat);
  }
}

void GradientBuckets::Receive(Bucket& bucket) {
  const c10::NoGradGuard no_grad;
  std::exchange(bucket.completion, nullptr)();
  const at::Tensor sums = std::exchange(bucket.received, {}).to(at::kFloat);
  bucket.sent.reset();
  int64_t offset = 0;
  if (options_.shards) {
    for (size_t index : bucket.shards) {
      const at::Tensor& values = shards_[index].values;
      values.mutable_grad() = sums.narrow(0, offset, values.numel());
      offset += values.numel();
    }
    return;
  }
  for (size_t index : bucket.parameters) {
    const at::Tensor& parameter = parameters_[index].parameter;
    parameter.mutable_grad() = sums.narrow(0, offset, parameter.numel()).view(parameter.sizes());
    offset += parameter.numel();
  }
}

at::Tensor GradientBuckets::Join(const Bucket& bucket, const std::vector<at::Tensor>& parts) const {
  const at::Tensor& like = parameters_[bucket.parameters.front()].parameter;
  at::Tensor part = at::zeros({bucket.part}, like.options().requires_grad(false));
  int64_t offset = 0;
  for (size_t index : bucket.shards) {
    const int64_t numel = shards_[index].values.numel();
    part.narrow(0, offset, numel).copy_(parts[index]);
    offset += numel;
  }
  return part;
}

void GradientBuckets::Publish() {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> values;
  for (const ParameterShard& shard : shards_) values.push_back(shard.values);
  const std::vector<at::Tensor> wholes = GatherShards(values);
  for (size_t i = 0; i < parameters_.size(); ++i)
    parameters_[i].parameter.detach().copy_(wholes[i]);
}

std::vector<at::Tensor> GradientBuckets::GatherShards(const std::vector<at::Tensor>& parts) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> wholes(parameters_.size());
  std::vector<std::pair<at::Tensor, Collectives::Completion>> under_way;
  for (const Bucket& bucket : buckets_) {
    const at::Tensor part = Join(bucket, parts);
    const at::Tensor whole = WholeBuffer(bucket);
    under_way.emplace_back(part, ranks_.Gather(whole, part));
    int64_t offset = 0;
    for (size_t index : bucket.parameters) {
      const at::Tensor& parameter = parameters_[index].parameter;
      wholes[index] = whole.narrow(0, offset, parameter.numel()).view(parameter.sizes());
      offset += parameter.numel();
    }
  }
  for (auto& [part, completion] : under_way) completion();
  return wholes;
}

void GradientBuckets::ScatterShards(const std::vector<at::Tensor>& wholes,
                                    const std::vector<at::Tensor>& parts) {
  const c10::NoGradGuard no_grad;
  for (const Bucket& bucket : buckets_) {
    const at::Tensor whole = WholeBuffer(bucket);
    int64_t offset = 0;
    for (size_t index : bucket.parameters) {
      const int64_t numel = parameters_[index].parameter.numel();
      if (ranks_.rank() == 0) whole.narrow(0, offset, numel).copy_(wholes[index].reshape(-1));
      offset += numel;
    }
    ranks_.Broadcast(whole)();
    int64_t from = ranks_.rank() * bucket.part;
    for (size_t index : bucket.shards) {
      parts[index].copy_(whole.narrow(0, from, parts[index].numel()));
      from += parts[index].numel();
    }
  }
}

}  // namespace electra

// What Gloo's and NCCL's groups have in common: each of the Collectives as one call of c10d's.
// Private to core: includes libtorch.
#pragma once

#include <cstdint>
#include <functional>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <utility>
#include <vector>

#include "core/comm/collectives.h"

namespace electra {

class BackendCollectives : public Collectives {
 public:
  int64_t rank() const override { return backend_->getRank(); }
  int64_t size() const override { return backend_->getSize(); }
  int64_t payload_bytes() const override { return payload_bytes_; }

  Completion SumOverRanks(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors = {tensor};
    return BeginWith(tensor, [&] { return backend_->allreduce(tensors); });
  }

  Completion SumAndScatter(const at::Tensor& part, const at::Tensor& whole) override {
    at::Tensor output = part;
    at::Tensor input = whole;
    return BeginWith(whole, [&] { return backend_->_reduce_scatter_base(output, input); });
  }

  Completion Gather(const at::Tensor& whole, const at::Tensor& part) override {
    at::Tensor output = whole;
    at::Tensor input = part;
    return BeginWith(whole, [&] { return backend_->_allgather_base(output, input); });
  }

  Completion Broadcast(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors = {tensor};
    return BeginWith(tensor, [&] { return backend_->broadcast(tensors); });
  }

 protected:
  using Start = std::function<c10::intrusive_ptr<c10d::Work>()>;

  explicit BackendCollectives(c10::intrusive_ptr<c10d::Backend> backend)
      : backend_(std::move(backend)) {}

  // Begins one exchange; throws RankLost.
  virtual Completion Begin(const Start& start) = 0;

 private:
  Completion BeginWith(const at::Tensor& payload, const Start& start) {
    payload_bytes_ += static_cast<int64_t>(payload.nbytes());
    return Begin(start);
  }

  const c10::intrusive_ptr<c10d::Backend> backend_;
  int64_t payload_bytes_ = 0;
};

}  // namespace electra

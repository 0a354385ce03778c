// The exchanges of ranks that compute a step together. Private to core: includes libtorch.
//
// Every rank calls the same functions in the same order with tensors of the same sizes. They begin
// the exchange and return a function that waits for its end; on a card, waiting orders the card's
// work and does not hold up the caller. Not thread-safe.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>

#include "core/comm/rank_lost.h"

namespace electra {

class Collectives {
 public:
  virtual ~Collectives() = default;

  virtual int64_t rank() const = 0;  // 0 .. size - 1
  virtual int64_t size() const = 0;

  // Throws RankLost. The tensors must not be touched before.
  using Completion = std::function<void()>;

  // `tensor` becomes the sum over the ranks, bit by bit the same on all of them.
  virtual Completion SumOverRanks(const at::Tensor& tensor) = 0;
  // `part` [n / size] becomes this rank's part of the sum of `whole` [n]. `whole` is used up.
  virtual Completion SumAndScatter(const at::Tensor& part, const at::Tensor& whole) = 0;
  // `whole` [n] becomes the `part` [n / size] of each rank, in their order.
  virtual Completion Gather(const at::Tensor& whole, const at::Tensor& part) = 0;
  // `tensor` becomes that of rank 0.
  virtual Completion Broadcast(const at::Tensor& tensor) = 0;

  // Returns when everything that was begun has ended; throws RankLost. // sync
  virtual void Settle() = 0;

  // Bytes that this rank has handed to the functions above so far, each call's once.
  virtual int64_t payload_bytes() const = 0;
};

}  // namespace electra

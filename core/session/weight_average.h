// An exponential moving average of weights, and the means to run the networks with it. Private to
// core.
//
//   average.Update(0.999, step, skip);
//   {
//     const WeightAverage::InUse in_use = average.Use();
//     ...  // the parameters hold the average
//   }
//
// Not thread-safe. Shares the parameters' storage with the networks.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace electra {

class WeightAverage {
 public:
  // While it lives, the parameters hold the average and must not be trained. One at a time.
  class [[nodiscard]] InUse {
   public:
    explicit InUse(const WeightAverage& average) : average_(average) { average_.Swap(); }
    ~InUse() { average_.Swap(); }
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;

   private:
    const WeightAverage& average_;
  };

  // The average begins as the parameter's value.
  void AddParameter(const at::Tensor& parameter);

  // Restarts from the parameters as they are.
  void Reset();

  // After optimizer step `step`, from 1. The average keeps min(decay, (1 + step) / (10 + step)) of
  // itself, so that it soon forgets the start of a short run; all of it where `skip` (a scalar on
  // the device) is 1.
  void Update(double decay, int64_t step, const at::Tensor& skip);

  // Nothing happens where no parameter was added.
  InUse Use() const { return InUse(*this); }

  bool empty() const { return parameters_.empty(); }

 private:
  // Exchanges the storage of each parameter and its average: no number is copied.
  void Swap() const;

  std::vector<at::Tensor> parameters_;
  mutable std::vector<at::Tensor> averages_;
};

}  // namespace electra

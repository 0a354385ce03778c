// The gradients of a step, summed over ranks in buckets while the backward pass goes on. Private to
// core.
//
//   buckets.Begin();            // before the last backward pass of the step
//   ... StageDone(0), StageDone(1), ... from within it
//   buckets.Flush();            // sends the rest; other exchanges may begin now
//   buckets.Finish();           // parameters have the sums as their gradients
//
// Each parameter comes with the stage of the backward pass after which its gradient is complete; a
// bucket is sent as soon as the stages of all of its parameters are done. With sharding (ZeRO-1)
// this rank gets only its part of each bucket, as gradients of `shards()`: stretches of parameters
// that share their memory. Publish() hands the updated parts to the other ranks.
//
// Used by the thread that trains and, for StageDone, by the one that computes its backward pass.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "core/comm/collectives.h"
#include "core/settings/hyperparameters.h"

namespace electra {

struct StagedParameter {
  at::Tensor parameter;
  int64_t stage;
};

// A stretch of a parameter that this rank updates, flat.
struct ParameterShard {
  size_t parameter;   // index into the parameters given
  at::Tensor values;  // [n], in the parameter's memory
};

struct GradientBucketsOptions {
  bool shards = false;
  GradientCompression compression = GradientCompression::kNone;
  // A larger parameter has a bucket of its own. 0: about a sixteenth of all, so that the exchange
  // begins early, but neither too little for a message nor more than a link needs.
  int64_t bucket_bytes = 0;
};

class GradientBuckets {
 public:
  // `ranks` must outlive this.
  GradientBuckets(Collectives& ranks, std::vector<StagedParameter> parameters,
                  const GradientBucketsOptions& options);

  void Begin();
  void StageDone(int64_t stage);
  // Sends the rest, or all where there was no backward pass: every rank begins the same exchanges
  // in the same order, whatever its share is.
  void Flush();
  void Finish();
  // An unfinished step sends nothing more.
  void Cancel() { begun_ = false; }

  // With sharding only.
  const std::vector<ParameterShard>& shards() const { return shards_; }
  void Publish();
  // `parts` has a tensor for each of shards(); returns one for each parameter, of its shape. All
  // ranks call it.
  std::vector<at::Tensor> GatherShards(const std::vector<at::Tensor>& parts);
  // The other way: `wholes` has a tensor for each parameter on rank 0, and is ignored on others.
  void ScatterShards(const std::vector<at::Tensor>& wholes, const std::vector<at::Tensor>& parts);

 private:
  struct Bucket {
    std::vector<size_t> parameters;  // indices, in order of their stages
    int64_t numel = 0;               // of all of them
    int64_t part = 0;                // ceil(numel / ranks), with sharding
    int64_t stage = 0;               // of the last
    std::vector<size_t> shards;      // indices into shards_
    at::Tensor sent;                 // while it is under way
    at::Tensor received;
    Collectives::Completion completion;
  };

  void Send(Bucket& bucket);
  void Receive(Bucket& bucket);
  void AddShards(Bucket& bucket);
  // This rank's part of a bucket out of a tensor for each shard, padded with zeros.
  at::Tensor Join(const Bucket& bucket, const std::vector<at::Tensor>& parts) const;
  at::Tensor WholeBuffer(const Bucket& bucket) const;

  Collectives& ranks_;
  const std::vector<StagedParameter> parameters_;
  const GradientBucketsOptions options_;
  std::vector<Bucket> buckets_;
  std::vector<ParameterShard> shards_;
  bool begun_ = false;
  size_t next_ = 0;  // bucket to be sent
};

}  // namespace electra

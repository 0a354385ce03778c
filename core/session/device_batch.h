// A batch's numbers on the device that computes with them. Private to core: includes libtorch.
#pragma once

#include <ATen/ATen.h>

#include "core/batch/batch.h"
#include "core/model/network.h"

namespace electra {

// All int64.
struct DeviceBatch {
  at::Tensor original_ids;      // [tokens]
  at::Tensor masked_ids;        // [tokens]
  at::Tensor positions;         // [tokens]
  at::Tensor masked_positions;  // [masked]
  at::Tensor offsets;           // [sequences + 1]
};

// Does not wait for the device.
DeviceBatch ToDevice(const PackedBatch& batch, const at::Device& device);

// The batch with these ids, [tokens], in place of its own: what a network takes.
PackedTokens ToTokens(const PackedBatch& batch, const DeviceBatch& on_device,
                      const at::Tensor& ids);

}  // namespace electra

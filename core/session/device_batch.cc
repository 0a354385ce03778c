#include "core/session/device_batch.h"

#include <algorithm>
#include <vector>

namespace electra {
namespace {

std::vector<int64_t> OffsetsOf(const PackedBatch& batch) {
  std::vector<int64_t> offsets = {0};
  for (const PackedSequence& sequence : batch.sequences) {
    offsets.push_back(sequence.first_token + sequence.length);
  }
  return offsets;
}

}  // namespace

// One copy for all of them, out of page-locked memory where the device is a card: it runs beside
// the card's other work, and nobody waits for it.
DeviceBatch ToDevice(const PackedBatch& batch, const at::Device& device) {
  const std::vector<int64_t> offsets = OffsetsOf(batch);
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

}  // namespace electra

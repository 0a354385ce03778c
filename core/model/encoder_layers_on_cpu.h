// Encoder layers on a processor, float32, as one node of the backward pass: threads go through a
// layer together, and the data between its parts stays in the caches. Nothing of libtorch runs
// between layers: its code would have to be loaded from memory each time. Private to core: includes
// libtorch.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <span>

#include "core/model/network.h"

namespace electra {

// Runs the layers with their gelu on hidden [tokens, hidden], one after the other, with `dropout`
// after both of a layer's linear maps back to `hidden`. Draws a key for each dropout that is used.
//
// The backward pass adds to the gradients of the layers' parameters by itself. `layers` must
// outlive it; `observer`, if there is one, is called in it with the index of each layer whose
// gradients have become complete.
at::Tensor EncoderLayersOnCpu(std::span<const EncoderLayer> layers, const at::Tensor& hidden,
                              const PackedLayout& layout, const AttentionOptions& attention,
                              double dropout, const std::function<void(int64_t)>& observer = {});

}  // namespace electra

// An encoder layer as one node of the backward pass, where core/model/cpu has the kernels: threads
// go through it together, and what lies between its parts stays in the caches. Private to core:
// includes libtorch.
#pragma once

#include <ATen/ATen.h>

#include "core/model/network.h"

namespace electra {

// Whether there are kernels for this processor and tensor.
bool HasEncoderLayerOnCpu(const at::Tensor& hidden);

// What the layer with its gelu makes of hidden [tokens, hidden], `dropout` behind both of its
// linear maps back to `hidden`. Draws a key for each dropout that is used.
at::Tensor EncoderLayerOnCpu(const EncoderLayer& layer, const at::Tensor& hidden,
                             const PackedLayout& layout, const AttentionOptions& attention,
                             double dropout);

}  // namespace electra

// The parts of an encoder layer by libtorch's operations, as a card computes them: as few
// operations as there can be, since each of them is a kernel that the host has to start. Activations
// are of the type of products from a layer's input to its output; norms keep their statistics in
// float32. Private to core: includes libtorch.
//
// The backward passes add to the parameters' gradients by themselves, all of them at once.
#pragma once

#include <ATen/ATen.h>

#include "core/model/linear.h"
#include "core/shape/config.h"

namespace electra {

struct EncoderLayer;  // core/model/network.h

at::Tensor Activate(Activation activation, const at::Tensor& input);

// [tokens, in] -> [tokens, out].
at::Tensor LinearByLibtorch(const Linear& linear, const at::Tensor& input);

// What a layer makes of what its attention returned and of its input, [tokens, hidden] both.
at::Tensor AfterAttentionByLibtorch(const EncoderLayer& layer, Activation activation,
                                    double dropout, const at::Tensor& attended,
                                    const at::Tensor& hidden);

}  // namespace electra

// The parts of an encoder layer by libtorch's operations, as a card computes them: as few
// operations as possible, since each is a kernel that the host has to start. Activations are of the
// type of products from a layer's input to its output; norms keep their statistics in float32.
// Private to core: includes libtorch.
//
// The backward passes add to the parameters' gradients themselves, all at once.
#pragma once

#include <ATen/ATen.h>

#include "core/model/linear.h"
#include "core/shape/config.h"

namespace electra {

struct EncoderLayer;  // core/model/network.h

at::Tensor Activate(Activation activation, const at::Tensor& input);

// [tokens, in] -> [tokens, out].
at::Tensor LinearByLibtorch(const Linear& linear, const at::Tensor& input);

// A layer's output from its attention's result and its input, both [tokens, hidden].
at::Tensor AfterAttentionByLibtorch(const EncoderLayer& layer, Activation activation,
                                    double dropout, const at::Tensor& attended,
                                    const at::Tensor& hidden);

}  // namespace electra

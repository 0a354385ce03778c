// Activation checkpointing (Chen et al. 2016): a part of a network keeps only its input and runs
// once more when its gradient is asked for. Private to core: includes libtorch.
#pragma once

#include <ATen/ATen.h>

#include <functional>

namespace electra {

// `run(input)`, whose activations are not kept. `run` is called again in the backward pass, with
// the random numbers of the first time, so what it refers to must live until then. `parameter` is
// one that `run` uses: it makes the result require a gradient where `input` does not.
at::Tensor Recomputed(const at::Tensor& input, const at::Tensor& parameter,
                      std::function<at::Tensor(const at::Tensor&)> run);

}  // namespace electra

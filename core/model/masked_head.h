// The product with the vocabulary's matrix, its cross-entropy and a sample from it, at masked
// tokens only: the one place where a batch meets the whole vocabulary. Private to core: includes
// libtorch.
//
// Forward and backward pass in one go over a limited number of tokens, so that logits and their
// gradient share one buffer and there is never more than one of it.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

#include "core/model/linear.h"

namespace electra {

struct MaskedHeadOptions {
  double temperature = 1;     // of the softmax that is sampled
  double gradient_scale = 1;  // of the loss, before the backward pass
  at::Tensor loss_scale;      // a further factor on the device, if defined
  bool wants_gradient = false;
  // With libtorch's operations: only so many of the tokens, the first ones, have a loss, a gradient
  // and a say in `correct`; -1: all.
  int64_t counted = -1;
  // The tokens' places among the whole batch's masked ones, which key the sample on the CPU; empty
  // where a token's place is its index.
  std::span<const int64_t> places = {};
};

struct MaskedHeadResult {
  at::Tensor loss;      // scalar, float64: sum over the tokens of -log softmax(logits)[label]
  at::Tensor correct;   // scalar, int64: tokens whose likeliest prediction is the label
  at::Tensor sampled;   // [masked], int64: drawn from softmax(logits / temperature)
  at::Tensor gradient;  // [masked, embedding], of the scaled loss by `input`, if wanted
  at::Tensor losses;    // [masked], float64: each token's, where no gradient is needed
};

// Logits are input [masked, embedding] x output's weight [vocab, embedding] + its bias [vocab];
// `input` is of the type of products. With wants_gradient, the gradients of weight and bias are
// added to theirs where they require one. Draws one key from the thread's or the card's generator.
// A logit costs two float32 at the peak, and the tokens are taken in chunks.
MaskedHeadResult RunMaskedHead(const at::Tensor& input, const Linear& output,
                               const at::Tensor& labels, const MaskedHeadOptions& options);

}  // namespace electra

// The steps of an encoder that are not matrix products, each with a backward pass of its own.
// Private to core: includes libtorch.
//
// On the CPU they are the kernels of core/model/cpu, elsewhere libtorch's operations. Dropout draws
// one key from the thread's or the card's generator (core/model/randomness.h) at each use, so that
// a batch's masks follow from the seed that it began with.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <vector>

#include "core/batch/batch.h"
#include "core/model/attention_kernel.h"

namespace electra {

// How the sequences of a packed batch lie in its tokens.
struct PackedLayout {
  std::vector<LengthGroup> groups;
  std::vector<int64_t> offsets;  // [sequences + 1], of first tokens
  at::Tensor device_offsets;     // [sequences + 1], int32; undefined on the CPU
  // For a part of a batch (core/batch/batch.h); nothing for a whole one.
  std::optional<PlacesInWhole> whole;
};

// The places of rows [rows] in the whole batch, by which dropout is keyed; empty where a row's
// place is its index.
using RowPlaces = std::vector<int64_t>;

struct AttentionOptions {
  int64_t heads;
  double dropout;  // of the probabilities
  // Used where core/model/cpu has none.
  AttentionKernel kernel = AttentionKernel::kByLength;
};

// Attention within each sequence: [tokens, 3 * hidden] (query, key, value) -> [tokens, hidden].
at::Tensor PackedAttention(const at::Tensor& query_key_value, const PackedLayout& layout,
                           const AttentionOptions& options);

// LayerNorm(residual + dropout(input)) in float32 on the CPU, all [tokens, hidden]. Nobody else may
// need `input`: its memory may be used for something else.
at::Tensor DropoutAddNormOnCpu(const at::Tensor& input, const at::Tensor& residual,
                               const at::Tensor& weight, const at::Tensor& bias, double eps,
                               double dropout, const RowPlaces& places);

// The exact gelu. Nobody else may need `input`, as above.
at::Tensor Gelu(const at::Tensor& input);

// word[ids] + position[positions] + token_type[0], [tokens, embedding]. The backward pass adds to
// the few rows of the tables' gradients that were read, instead of returning whole tables.
at::Tensor EmbeddingSum(const at::Tensor& word, const at::Tensor& position,
                        const at::Tensor& token_type, const at::Tensor& ids,
                        const at::Tensor& positions);

// The gradient of a leaf, made of zeros where there is none yet.
at::Tensor& GradientOf(const at::Tensor& leaf);

}  // namespace electra

// The embeddings of packed tokens in one pass over them. Private to core: includes libtorch.
#pragma once

#include <ATen/ATen.h>

#include "core/model/network.h"

namespace electra {

// dropout(LayerNorm(word[ids] + position[positions] + token_type[0])), [tokens, embedding], with
// base_word[ids] in the sum where there is one. Draws a key for dropout where it is used. Throws
// c10::IndexError where a table has no such row.
//
// The backward pass adds to the few rows of the tables' gradients that were read, instead of
// returning whole tables.
at::Tensor EmbeddingsOnCpu(const Embeddings& embeddings, const at::Tensor& ids,
                           const at::Tensor& positions, double dropout, const RowPlaces& places);

}  // namespace electra

// Attention of one head over one sequence, float32. The caller runs heads and sequences in
// parallel.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/cpu/dropout.h"

namespace electra::cpu {

struct AttentionHead {
  int64_t length;  // tokens of the sequence
  int64_t head_size;
  int64_t qkv_stride;  // floats from a token's query to the next token's; keys lie `hidden` after
  int64_t hidden;      // queries, values `hidden` after keys
  int64_t heads;
  int64_t first_place;  // of the sequence's first token and this head in [tokens, heads]
  Dropout dropout;      // of the probabilities
};

// The heads of a packed batch: those of every token of each of its sequences.
struct PackedHeads {
  std::span<const int64_t> offsets;  // [sequences + 1], of first tokens
  std::span<const int64_t> places;   // [tokens], by which dropout is keyed; empty: as tokens lie
  int64_t heads;
  int64_t hidden;
  Dropout dropout;

  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t first_token(int64_t sequence) const { return offsets[static_cast<size_t>(sequence)]; }
  AttentionHead Head(int64_t sequence, int64_t index) const;
};

// Pointers are to the head's part of the sequence's first token. `output` rows are `hidden` apart,
// `log_sum_exp` lies in [tokens, heads]. `scratch` is grown as needed.
void AttentionForward(const AttentionHead& head, const float* query, float* output,
                      float* log_sum_exp, std::vector<float>& scratch);

// Writes the gradients of query, key and value, laid out as these are.
void AttentionBackward(const AttentionHead& head, const float* query, const float* output_gradient,
                       const float* log_sum_exp, float* query_gradient,
                       std::vector<float>& scratch);

}  // namespace electra::cpu

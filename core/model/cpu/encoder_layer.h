// An encoder layer over packed sequences and its backward pass, float32, as phases of one team:
// attention, two linear maps with a gelu between them, each followed by dropout, the residual and a
// LayerNorm.
//
// Tensors are row-major and, but for inner_stride(), without gaps; shapes stand beside them.
// Nothing is owned.
#pragma once

#include <cstdint>
#include <span>

#include "core/model/cpu/dropout.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/team.h"

namespace electra::cpu {

struct EncoderLayerShape {
  std::span<const int64_t> offsets;  // [sequences + 1]: sequence i has tokens [offsets[i], ...)
  std::span<const int64_t> places;   // [tokens], by which dropout is keyed; empty: their indices
  int64_t hidden;
  int64_t heads;
  int64_t intermediate;
  double attention_norm_eps;
  double output_norm_eps;
  int64_t tokens() const { return offsets.back(); }
  // Floats from a row of [tokens, intermediate] to the next. Were they a multiple of 4 KB, as is
  // usual, the rows of a tile would displace each other in the nearest cache.
  int64_t inner_stride() const { return (intermediate + 15) / 16 * 16 + 16; }
};

// Keys of the three uses of dropout.
struct EncoderLayerDropout {
  Dropout attention;  // of the probabilities
  Dropout attention_output;
  Dropout output;
};

template <typename Float>
struct LinearOf {
  Float* weight;  // [out, in]
  Float* bias;    // [out]
};

template <typename Float>
struct NormOf {
  Float* weight;  // [hidden]
  Float* bias;    // [hidden]
};

// Parameters, or their gradients: both of a linear map or of a norm, or nullptr for both, which are
// then not computed.
template <typename Float>
struct EncoderLayerParametersOf {
  LinearOf<Float> query_key_value;  // [3 * hidden, hidden]
  LinearOf<Float> attention_output;
  NormOf<Float> attention_norm;
  LinearOf<Float> intermediate;
  LinearOf<Float> output;
  NormOf<Float> output_norm;
};
using EncoderLayerParameters = EncoderLayerParametersOf<const float>;
using EncoderLayerGradients = EncoderLayerParametersOf<float>;

// What the forward pass leaves for the backward one.
struct EncoderLayerActivations {
  const float* input;           // [tokens, hidden]
  float* query_key_value;       // [tokens, 3 * hidden]
  float* log_sum_exp;           // [tokens, heads]
  float* attended;              // [tokens, hidden]
  float* attention_sum;         // [tokens, hidden], before its norm
  float* attention_statistics;  // [2, tokens]: means, 1 / standard deviations
  float* middle;                // [tokens, hidden]
  float* derivative;            // [tokens, inner_stride()], of the gelu
  float* inner;                 // [tokens, inner_stride()]
  float* output_sum;            // [tokens, hidden], before its norm
  float* output_statistics;     // [2, tokens]
};

// Every thread of the team calls it with the same arguments. Writes the activations and `output`
// [tokens, hidden].
void EncoderLayerForward(const EncoderLayerShape& shape, const EncoderLayerDropout& dropout,
                         const EncoderLayerParameters& parameters,
                         const EncoderLayerActivations& activations, float* output, Team& team);

// Memory of the backward pass; all of it is written.
struct EncoderLayerScratch {
  float* gradient;            // [tokens, hidden]
  float* middle_gradient;     // [tokens, hidden]
  float* attended_gradient;   // [tokens, hidden]
  float* attention_gradient;  // [tokens, hidden]
  float* inner_gradient;      // [tokens, inner_stride()]
  float* query_key_value;     // [tokens, 3 * hidden]
  float* norm_gradients;      // [2, NormBlocks(tokens), 2 * hidden]
};

// Writes the gradients of the parameters and of the input [tokens, hidden] from that of the output.
void EncoderLayerBackward(const EncoderLayerShape& shape, const EncoderLayerDropout& dropout,
                          const EncoderLayerParameters& parameters,
                          const EncoderLayerActivations& activations, const float* output_gradient,
                          const EncoderLayerScratch& scratch,
                          const EncoderLayerGradients& gradients, float* input_gradient,
                          Team& team);

}  // namespace electra::cpu

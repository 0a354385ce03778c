#include "core/model/cpu/encoder_layer.h"

#include <algorithm>
#include <vector>

#include "core/model/cpu/attention.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/matrix_product.h"

namespace electra::cpu {
namespace {

constexpr int64_t kRows = 16;     // of a part of a phase over rows
constexpr int64_t kColumns = 64;  // of a part of a phase over columns

int64_t CeilDiv(int64_t value, int64_t by) { return (value + by - 1) / by; }

// [tokens, columns], rows `stride` floats apart.
template <typename Float>
struct Rows {
  Float* data;
  int64_t columns;
  int64_t stride;
};

// input x weight [out, in] transposed + bias
MatrixProduct Linear(int64_t tokens, const Rows<const float>& input,
                     const LinearOf<const float>& linear, const Rows<float>& output) {
  return {.rows = tokens,
          .columns = output.columns,
          .depth = input.columns,
          .a = {input.data, input.stride, 1},
          .b = {linear.weight, 1, input.columns},
          .bias = linear.bias,
          .result = output.data,
          .result_stride = output.stride};
}

// gradient x weight [out, in], of the linear map's input
MatrixProduct InputGradient(int64_t tokens, const Rows<const float>& gradient,
                            const LinearOf<const float>& linear,
                            const Rows<float>& input_gradient) {
  return {.rows = tokens,
          .columns = input_gradient.columns,
          .depth = gradient.columns,
          .a = {gradient.data, gradient.stride, 1},
          .b = {linear.weight, input_gradient.columns, 1},
          .result = input_gradient.data,
          .result_stride = input_gradient.stride};
}

// gradient transposed x input, of the linear map's weight, and the sum of the gradient's rows, of
// its bias
MatrixProduct WeightGradient(int64_t tokens, const Rows<const float>& gradient,
                             const Rows<const float>& input, const LinearOf<float>& linear) {
  return {.rows = gradient.columns,
          .columns = input.columns,
          .depth = tokens,
          .a = {gradient.data, 1, gradient.stride},
          .b = {input.data, input.stride, 1},
          .result = linear.weight,
          .result_stride = input.columns,
          .row_sums = linear.bias};
}

// The second is left out where nobody wants its results.
void RunProducts(Team& team, const MatrixProduct& input_gradient,
                 const MatrixProduct& weight_gradient) {
  const MatrixProduct products[] = {input_gradient, weight_gradient};
  RunMatrixProducts(team, std::span(products).first(weight_gradient.result == nullptr ? 1 : 2));
}

std::vector<float>& OwnAttentionScratch() {
  static thread_local std::vector<float> scratch;
  return scratch;
}

// Calls `work(head, first token, index)` for each head of each sequence; of the heads of its token,
// it is the one with that index.
template <typename Work>
void ForEachHead(const EncoderLayerShape& shape, const Dropout& dropout, Team& team,
                 const Work& work) {
  const PackedHeads packed{.offsets = shape.offsets,
                           .places = shape.places,
                           .heads = shape.heads,
                           .hidden = shape.hidden,
                           .dropout = dropout};
  const int64_t sequences = packed.sequences();
  // A thread's sequences are those of its rows.
  const auto first_part = [&](int64_t range) {
    const auto first = std::lower_bound(shape.offsets.begin(), shape.offsets.end(),
                                        range * shape.tokens() / team.threads());
    return std::min<int64_t>(first - shape.offsets.begin(), sequences) * shape.heads;
  };
  team.ForEach(sequences * shape.heads, first_part, [&](int64_t part) {
    const int64_t sequence = part / shape.heads;
    const int64_t index = part % shape.heads;
    work(packed.Head(sequence, index), packed.first_token(sequence), index);
  });
}

struct NormRun {
  Norm norm;
  float* sum;         // [tokens, hidden]
  float* statistics;  // [2, tokens]
};

void RunNorm(int64_t tokens, const NormRun& run, const float* residual, float* output, Team& team) {
  team.ForEach(CeilDiv(tokens, kRows), [&](int64_t part) {
    const int64_t first = part * kRows;
    AddNormForward(run.norm, first, std::min(tokens, first + kRows), run.sum, residual, output,
                   run.statistics, run.statistics + tokens);
  });
}

// `partial` [NormBlocks(tokens), 2 * hidden] gets what weight and bias are due from each block.
void RunNormBackward(int64_t tokens, const NormRun& run, const float* output_gradient,
                     float* residual_gradient, float* gradient, float* partial, Team& team) {
  const int64_t hidden = run.norm.columns;
  team.ForEach(NormBlocks(tokens), [&](int64_t block) {
    float* own = partial + block * 2 * hidden;
    std::fill_n(own, 2 * hidden, 0.0f);
    const int64_t first = block * kNormBlock;
    AddNormBackward(run.norm, first, std::min(tokens, first + kNormBlock), run.sum, run.statistics,
                    run.statistics + tokens, output_gradient, residual_gradient, gradient, own,
                    own + hidden);
  });
}

struct ColumnSum {
  int64_t rows;
  int64_t columns;
  int64_t stride;
  const float* values;
  float* sums;  // nullptr: not wanted
};

void SumColumns(std::span<const ColumnSum> all, Team& team) {
  int64_t parts = 0;
  for (const ColumnSum& sum : all) parts += CeilDiv(sum.columns, kColumns);
  team.ForEach(parts, [&](int64_t part) {
    for (const ColumnSum& sum : all) {
      const int64_t own_parts = CeilDiv(sum.columns, kColumns);
      if (part >= own_parts) {
        part -= own_parts;
        continue;
      }
      if (sum.sums == nullptr) return;
      const int64_t first = part * kColumns;
      return SumRows(sum.rows, std::min(kColumns, sum.columns - first), sum.stride,
                     sum.values + first, sum.sums + first);
    }
  });
}

NormRun AttentionNorm(const EncoderLayerShape& shape, const EncoderLayerDropout& dropout,
                      const EncoderLayerParameters& parameters,
                      const EncoderLayerActivations& activations) {
  return {.norm = {.columns = shape.hidden,
                   .weight = parameters.attention_norm.weight,
                   .bias = parameters.attention_norm.bias,
                   .eps = shape.attention_norm_eps,
                   .dropout = dropout.attention_output,
                   .places = shape.places},
          .sum = activations.attention_sum,
          .statistics = activations.attention_statistics};
}

NormRun OutputNorm(const EncoderLayerShape& shape, const EncoderLayerDropout& dropout,
                   const EncoderLayerParameters& parameters,
                   const EncoderLayerActivations& activations) {
  return {.norm = {.columns = shape.hidden,
                   .weight = parameters.output_norm.weight,
                   .bias = parameters.output_norm.bias,
                   .eps = shape.output_norm_eps,
                   .dropout = dropout.output,
                   .places = shape.places},
          .sum = activations.output_sum,
          .statistics = activations.output_statistics};
}

void RunProduct(Team& team, const MatrixProduct& product) {
  RunMatrixProducts(team, std::span(&product, 1));
}

}  // namespace

void EncoderLayerForward(const EncoderLayerShape& shape, const EncoderLayerDropout& dropout,
                         const EncoderLayerParameters& parameters,
                         const EncoderLayerActivations& activations, float* output, Team& team) {
  const EncoderLayerActivations& x = activations;
  const int64_t tokens = shape.tokens();
  const int64_t hidden = shape.hidden;
  const int64_t intermediate = shape.intermediate;
  const int64_t inner_stride = shape.inner_stride();
  const auto narrow = [&](const float* data) { return Rows<const float>{data, hidden, hidden}; };
  const auto to_narrow = [&](float* data) { return Rows<float>{data, hidden, hidden}; };

  MatrixProduct to_query = Linear(tokens, narrow(x.input), parameters.query_key_value,
                                  {x.query_key_value, 3 * hidden, 3 * hidden});
  RunProduct(team, to_query);
  ForEachHead(
      shape, dropout.attention, team, [&](const AttentionHead& head, int64_t first, int64_t index) {
        const int64_t column = index * head.head_size;
        AttentionForward(head, x.query_key_value + first * 3 * hidden + column,
                         x.attended + first * hidden + column,
                         x.log_sum_exp + first * shape.heads + index, OwnAttentionScratch());
      });
  MatrixProduct to_sum =
      Linear(tokens, narrow(x.attended), parameters.attention_output, to_narrow(x.attention_sum));
  RunProduct(team, to_sum);
  RunNorm(tokens, AttentionNorm(shape, dropout, parameters, x), x.input, x.middle, team);

  MatrixProduct to_inner = Linear(tokens, narrow(x.middle), parameters.intermediate,
                                  {x.derivative, intermediate, inner_stride});
  to_inner.companion = x.inner;
  to_inner.finish = [&](const Tile& tile) {
    const int64_t place = tile.row * inner_stride + tile.column;
    GeluForward(tile.rows, tile.columns, inner_stride, x.derivative + place, x.inner + place);
  };
  RunProduct(team, to_inner);
  RunProduct(team, Linear(tokens, {x.inner, intermediate, inner_stride}, parameters.output,
                          to_narrow(x.output_sum)));
  RunNorm(tokens, OutputNorm(shape, dropout, parameters, x), x.middle, output, team);
}

void EncoderLayerBackward(const EncoderLayerShape& shape, const EncoderLayerDropout& dropout,
                          const EncoderLayerParameters& parameters,
                          const EncoderLayerActivations& activations, const float* output_gradient,
                          const EncoderLayerScratch& scratch,
                          const EncoderLayerGradients& gradients, float* input_gradient,
                          Team& team) {
  const EncoderLayerActivations& x = activations;
  const int64_t tokens = shape.tokens();
  const int64_t hidden = shape.hidden;
  const int64_t intermediate = shape.intermediate;
  const int64_t inner_stride = shape.inner_stride();
  const int64_t blocks = NormBlocks(tokens);
  float* attention_norm_partial = scratch.norm_gradients;
  float* output_norm_partial = scratch.norm_gradients + blocks * 2 * hidden;
  const auto narrow = [&](const float* data) { return Rows<const float>{data, hidden, hidden}; };
  const auto to_narrow = [&](float* data) { return Rows<float>{data, hidden, hidden}; };

  RunNormBackward(tokens, OutputNorm(shape, dropout, parameters, x), output_gradient,
                  scratch.middle_gradient, scratch.gradient, output_norm_partial, team);
  MatrixProduct to_inner = InputGradient(tokens, narrow(scratch.gradient), parameters.output,
                                         {scratch.inner_gradient, intermediate, inner_stride});
  to_inner.companion = x.derivative;
  to_inner.finish = [&](const Tile& tile) {
    const int64_t place = tile.row * inner_stride + tile.column;
    MultiplyRows(tile.rows, tile.columns, inner_stride, x.derivative + place,
                 scratch.inner_gradient + place);
  };
  MatrixProduct to_output_weight = WeightGradient(
      tokens, narrow(scratch.gradient), {x.inner, intermediate, inner_stride}, gradients.output);
  RunProducts(team, to_inner, to_output_weight);

  const Rows<const float> inner_gradient{scratch.inner_gradient, intermediate, inner_stride};
  MatrixProduct to_middle = InputGradient(tokens, inner_gradient, parameters.intermediate,
                                          to_narrow(scratch.middle_gradient));
  to_middle.adds = true;  // to the residual's
  MatrixProduct to_inner_weight =
      WeightGradient(tokens, inner_gradient, narrow(x.middle), gradients.intermediate);
  RunProducts(team, to_middle, to_inner_weight);

  RunNormBackward(tokens, AttentionNorm(shape, dropout, parameters, x), scratch.middle_gradient,
                  input_gradient, scratch.attention_gradient, attention_norm_partial, team);
  MatrixProduct to_attended =
      InputGradient(tokens, narrow(scratch.attention_gradient), parameters.attention_output,
                    to_narrow(scratch.attended_gradient));
  RunProducts(team, to_attended,
              WeightGradient(tokens, narrow(scratch.attention_gradient), narrow(x.attended),
                             gradients.attention_output));
  ForEachHead(shape, dropout.attention, team,
              [&](const AttentionHead& head, int64_t first, int64_t index) {
                const int64_t column = index * head.head_size;
                AttentionBackward(head, x.query_key_value + first * 3 * hidden + column,
                                  scratch.attended_gradient + first * hidden + column,
                                  x.log_sum_exp + first * shape.heads + index,
                                  scratch.query_key_value + first * 3 * hidden + column,
                                  OwnAttentionScratch());
              });
  const Rows<const float> query_key_value{scratch.query_key_value, 3 * hidden, 3 * hidden};
  MatrixProduct to_input =
      InputGradient(tokens, query_key_value, parameters.query_key_value, to_narrow(input_gradient));
  to_input.adds = true;  // to the residual's
  RunProducts(team, to_input,
              WeightGradient(tokens, query_key_value, narrow(x.input), gradients.query_key_value));

  const auto norm = [&](const float* partial, float* sums) {
    return ColumnSum{blocks, hidden, 2 * hidden, partial, sums};
  };
  const ColumnSum sums[] = {
      norm(attention_norm_partial, gradients.attention_norm.weight),
      norm(attention_norm_partial + hidden, gradients.attention_norm.bias),
      norm(output_norm_partial, gradients.output_norm.weight),
      norm(output_norm_partial + hidden, gradients.output_norm.bias),
  };
  SumColumns(sums, team);
}

}  // namespace electra::cpu

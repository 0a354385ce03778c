#include "core/model/fused_ops.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/model/cpu/attention.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/differentiable.h"
#include "core/model/float_on_cpu.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

// Elements that are worth a thread of their own.
constexpr int64_t kGrain = 32768;

// Calls `work(head, first token, index, scratch)` for every head of every sequence; of the heads of
// its token, it is the one with that index. A thread takes some heads of all sequences, since these
// are of unlike lengths.
template <typename Work>
void InParallel(const cpu::PackedHeads& packed, const Work& work) {
  const int64_t sequences = packed.sequences();
  at::parallel_for(0, sequences * packed.heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t sequence = i % sequences;
      const int64_t index = i / sequences;
      work(packed.Head(sequence, index), packed.first_token(sequence), index, scratch);
    }
  });
}

// Inputs: query, key and value, [tokens, 3 * hidden].
class PackedAttentionOnCpu : public Differentiable {
 public:
  PackedAttentionOnCpu(const PackedLayout& layout, const AttentionOptions& options)
      : offsets_(layout.offsets),
        places_(layout.whole ? layout.whole->token_places : RowPlaces()),
        heads_(options.heads),
        dropout_(DrawDropout(options.dropout)) {}

  Result Forward(const Tensors& inputs) override {
    const int64_t tokens = inputs[0].size(0);
    const int64_t hidden = inputs[0].size(1) / 3;
    const at::Tensor qkv = inputs[0].contiguous();
    at::Tensor output = at::empty({tokens, hidden}, qkv.options());
    at::Tensor log_sum_exp = at::empty({tokens, heads_}, qkv.options());
    const float* source = qkv.const_data_ptr<float>();
    float* target = output.mutable_data_ptr<float>();
    float* sums = log_sum_exp.mutable_data_ptr<float>();
    InParallel(HeadsOf(hidden), [&](const cpu::AttentionHead& head, int64_t first, int64_t index,
                                    std::vector<float>& scratch) {
      const int64_t column = index * head.head_size;
      cpu::AttentionForward(head, source + first * 3 * hidden + column,
                            target + first * hidden + column, sums + first * heads_ + index,
                            scratch);
    });
    return {.output = output, .saved = {qkv, log_sum_exp}};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& output_gradient,
                   const Wanted&) override {
    const at::Tensor& qkv = saved[0];
    const at::Tensor gradient = output_gradient.contiguous();
    const int64_t hidden = gradient.size(1);
    at::Tensor qkv_gradient = at::empty_like(qkv);
    const float* source = qkv.const_data_ptr<float>();
    const float* given = gradient.const_data_ptr<float>();
    const float* sums = saved[1].const_data_ptr<float>();
    float* target = qkv_gradient.mutable_data_ptr<float>();
    InParallel(HeadsOf(hidden), [&](const cpu::AttentionHead& head, int64_t first, int64_t index,
                                    std::vector<float>& scratch) {
      const int64_t column = index * head.head_size;
      cpu::AttentionBackward(head, source + first * 3 * hidden + column,
                             given + first * hidden + column, sums + first * heads_ + index,
                             target + first * 3 * hidden + column, scratch);
    });
    return {qkv_gradient};
  }

 private:
  cpu::PackedHeads HeadsOf(int64_t hidden) const {
    return {.offsets = offsets_,
            .places = places_,
            .heads = heads_,
            .hidden = hidden,
            .dropout = dropout_};
  }

  const std::vector<int64_t> offsets_;
  const RowPlaces places_;
  const int64_t heads_;
  const cpu::Dropout dropout_;
};

// Inputs: input, residual, weight and bias.
class DropoutAddNormFunction : public Differentiable {
 public:
  DropoutAddNormFunction(double eps, double dropout, RowPlaces places)
      : eps_(eps), dropout_(DrawDropout(dropout)), places_(std::move(places)) {}

  Result Forward(const Tensors& inputs) override {
    const at::Tensor sum = inputs[0].contiguous();  // the input becomes the sum
    const at::Tensor added = inputs[1].contiguous();
    const int64_t rows = sum.size(0);
    at::Tensor output = at::empty_like(sum);
    at::Tensor statistics = at::empty({2, rows}, sum.options());
    const cpu::Norm norm = NormOf(inputs[2], inputs[3]);
    float* sums = static_cast<float*>(sum.data_ptr());
    float* mean = statistics.mutable_data_ptr<float>();
    at::parallel_for(0, rows, kGrain / norm.columns + 1, [&](int64_t begin, int64_t end) {
      cpu::AddNormForward(norm, begin, end, sums, added.const_data_ptr<float>(),
                          output.mutable_data_ptr<float>(), mean, mean + rows);
    });
    return {.output = output, .saved = {sum, statistics, inputs[2], inputs[3]}};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& output_gradient,
                   const Wanted&) override {
    const at::Tensor& sum = saved[0];
    const at::Tensor gradient = output_gradient.contiguous();
    const cpu::Norm norm = NormOf(saved[2], saved[3]);
    const int64_t rows = sum.size(0);
    at::Tensor residual_gradient = at::empty_like(sum);
    at::Tensor input_gradient = at::empty_like(sum);
    const int64_t blocks = cpu::NormBlocks(rows);
    const at::Tensor partial = at::zeros({blocks, 2, norm.columns}, sum.options());
    const float* mean = saved[1].const_data_ptr<float>();
    float* partials = partial.mutable_data_ptr<float>();
    at::parallel_for(
        0, blocks, kGrain / (cpu::kNormBlock * norm.columns) + 1, [&](int64_t begin, int64_t end) {
          for (int64_t block = begin; block < end; ++block) {
            float* own = partials + block * 2 * norm.columns;
            cpu::AddNormBackward(
                norm, block * cpu::kNormBlock, std::min(rows, (block + 1) * cpu::kNormBlock),
                sum.const_data_ptr<float>(), mean, mean + rows, gradient.const_data_ptr<float>(),
                residual_gradient.mutable_data_ptr<float>(),
                input_gradient.mutable_data_ptr<float>(), own, own + norm.columns);
          }
        });
    const at::Tensor parameters = partial.sum(0);
    return {input_gradient, residual_gradient, parameters[0], parameters[1]};
  }

 private:
  cpu::Norm NormOf(const at::Tensor& weight, const at::Tensor& bias) const {
    return {.columns = weight.size(0),
            .weight = weight.const_data_ptr<float>(),
            .bias = bias.const_data_ptr<float>(),
            .eps = eps_,
            .dropout = dropout_,
            .places = places_};
  }

  const double eps_;
  const cpu::Dropout dropout_;
  const RowPlaces places_;
};

class GeluOnCpu : public Differentiable {
 public:
  Result Forward(const Tensors& inputs) override {
    const at::Tensor derivative = inputs[0].contiguous();  // the input becomes the derivative
    at::Tensor output = at::empty_like(derivative);
    float* in = static_cast<float*>(derivative.data_ptr());
    float* out = output.mutable_data_ptr<float>();
    at::parallel_for(0, output.numel(), kGrain, [&](int64_t begin, int64_t end) {
      const int64_t count = end - begin;
      cpu::GeluForward(/*rows=*/1, count, /*stride=*/count, in + begin, out + begin);
    });
    return {.output = output, .saved = {derivative}};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& gradient, const Wanted&) override {
    return {gradient * saved[0]};
  }
};

// Inputs: the three tables.
class EmbeddingSumFunction : public Differentiable {
 public:
  EmbeddingSumFunction(at::Tensor ids, at::Tensor positions)
      : ids_(std::move(ids)), positions_(std::move(positions)) {}

  Result Forward(const Tensors& inputs) override {
    at::Tensor sum = inputs[0].index_select(0, ids_);
    sum += inputs[1].index_select(0, positions_);
    sum += inputs[2].select(0, 0);
    return {.output = sum, .saved = inputs};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& gradient, const Wanted&) override {
    const c10::NoGradGuard no_grad;
    if (saved[0].requires_grad()) GradientOf(saved[0]).index_add_(0, ids_, gradient);
    if (saved[1].requires_grad()) GradientOf(saved[1]).index_add_(0, positions_, gradient);
    if (saved[2].requires_grad()) GradientOf(saved[2]).select(0, 0).add_(gradient.sum(0));
    return Tensors(3);
  }

 private:
  const at::Tensor ids_;
  const at::Tensor positions_;
};

// A batch's groups are of one length each (core/batch/batch.h): nothing is padded here either.
at::Tensor AttentionByLength(const at::Tensor& query_key_value, const PackedLayout& layout,
                             const AttentionOptions& options) {
  const int64_t hidden = query_key_value.size(1) / 3;
  std::vector<at::Tensor> attended;  // [sequences * length, hidden] of each group
  int64_t first = 0;
  for (const LengthGroup& group : layout.groups) {
    const int64_t tokens = group.sequence_count * group.length;
    const std::vector<at::Tensor> qkv =  // [sequences, heads, length, head size] each
        query_key_value.narrow(0, first, tokens)
            .reshape({group.sequence_count, group.length, 3, options.heads, hidden / options.heads})
            .permute({2, 0, 3, 1, 4})
            .unbind(0);
    const at::Tensor result =
        at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], /*attn_mask=*/{}, options.dropout);
    attended.push_back(result.transpose(1, 2).reshape({tokens, hidden}));
    first += tokens;
  }
  return at::cat(attended);
}

at::Tensor AttentionByLibtorch(const at::Tensor& query_key_value, const PackedLayout& layout,
                               const AttentionOptions& options) {
  if (options.kernel == AttentionKernel::kByLength) {
    return AttentionByLength(query_key_value, layout, options);
  }
  const int64_t tokens = query_key_value.size(0);
  const int64_t hidden = query_key_value.size(1) / 3;
  const std::vector<at::Tensor> qkv =
      query_key_value.view({tokens, 3, options.heads, hidden / options.heads}).unbind(1);
  const int64_t longest = layout.groups.front().length;
  const at::Tensor& offsets = layout.device_offsets;
  if (options.kernel == AttentionKernel::kFlash) {
    const at::Tensor attended = std::get<0>(at::_flash_attention_forward(
        qkv[0], qkv[1], qkv[2], offsets, offsets, longest, longest, options.dropout,
        /*is_causal=*/false, /*return_debug_mask=*/false));
    return attended.reshape({tokens, hidden});
  }
  const at::Tensor attended = std::get<0>(at::_efficient_attention_forward(
      qkv[0].unsqueeze(0), qkv[1].unsqueeze(0), qkv[2].unsqueeze(0), /*bias=*/{}, offsets, offsets,
      longest, longest, options.dropout, /*custom_mask_type=*/0, /*compute_log_sumexp=*/true));
  return attended.reshape({tokens, hidden});
}

}  // namespace

at::Tensor& GradientOf(const at::Tensor& leaf) {
  at::Tensor& gradient = leaf.mutable_grad();
  if (!gradient.defined()) gradient = at::zeros_like(leaf.detach());
  return gradient;
}

at::Tensor PackedAttention(const at::Tensor& query_key_value, const PackedLayout& layout,
                           const AttentionOptions& options) {
  if (IsFloatOnCpu(query_key_value)) {
    return Apply(std::make_shared<PackedAttentionOnCpu>(layout, options), {query_key_value});
  }
  return AttentionByLibtorch(query_key_value, layout, options);
}

at::Tensor DropoutAddNormOnCpu(const at::Tensor& input, const at::Tensor& residual,
                               const at::Tensor& weight, const at::Tensor& bias, double eps,
                               double dropout, const RowPlaces& places) {
  return Apply(std::make_shared<DropoutAddNormFunction>(eps, dropout, places),
               {input, residual, weight, bias});
}

at::Tensor Gelu(const at::Tensor& input) {
  return IsFloatOnCpu(input) ? Apply(std::make_shared<GeluOnCpu>(), {input}) : at::gelu(input);
}

at::Tensor EmbeddingSum(const at::Tensor& word, const at::Tensor& position,
                        const at::Tensor& token_type, const at::Tensor& ids,
                        const at::Tensor& positions) {
  return Apply(std::make_shared<EmbeddingSumFunction>(ids, positions),
               {word, position, token_type});
}

}  // namespace electra

#include "core/model/fused_ops.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/model/cpu/attention.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/float_on_cpu.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Elements that are worth a thread of their own.
constexpr int64_t kGrain = 32768;

// Runs `work(head, first_token, column)` for every head of every sequence. A thread takes some
// heads of all sequences, since these are of unlike lengths.
template <typename Work>
void ForEachHead(const std::vector<int64_t>& offsets, const RowPlaces& places, int64_t heads,
                 int64_t hidden, const cpu::Dropout& dropout, const Work& work) {
  const auto sequences = static_cast<int64_t>(offsets.size()) - 1;
  at::parallel_for(0, sequences * heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch;
    for (int64_t i = begin; i < end; ++i) {
      const auto sequence = static_cast<size_t>(i % sequences);
      const int64_t head = i / sequences;
      const int64_t first = offsets[sequence];
      const int64_t place = places.empty() ? first : places[static_cast<size_t>(first)];
      const int64_t head_size = hidden / heads;
      work(cpu::AttentionHead{.length = offsets[sequence + 1] - first,
                              .head_size = head_size,
                              .qkv_stride = 3 * hidden,
                              .hidden = hidden,
                              .heads = heads,
                              .first_place = place * heads + head,
                              .dropout = dropout},
           first, head * head_size, scratch);
    }
  });
}

class PackedAttentionOnCpu : public Function<PackedAttentionOnCpu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query_key_value,
                            const std::vector<int64_t>& offsets, const RowPlaces& places,
                            int64_t heads, double dropout) {
    const int64_t tokens = query_key_value.size(0);
    const int64_t hidden = query_key_value.size(1) / 3;
    const at::Tensor qkv = query_key_value.contiguous();
    at::Tensor output = at::empty({tokens, hidden}, qkv.options());
    at::Tensor log_sum_exp = at::empty({tokens, heads}, qkv.options());
    const cpu::Dropout drop = DrawDropout(dropout);
    const float* source = qkv.const_data_ptr<float>();
    float* target = output.mutable_data_ptr<float>();
    float* sums = log_sum_exp.mutable_data_ptr<float>();
    ForEachHead(offsets, places, heads, hidden, drop,
                [&](const cpu::AttentionHead& head, int64_t first, int64_t column,
                    std::vector<float>& scratch) {
                  cpu::AttentionForward(head, source + first * 3 * hidden + column,
                                        target + first * hidden + column,
                                        sums + first * heads + column / head.head_size, scratch);
                });
    context->save_for_backward({qkv, log_sum_exp});
    context->saved_data["offsets"] = offsets;
    context->saved_data["places"] = places;
    SaveDropout(context, drop);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& qkv = saved[0];
    const at::Tensor gradient = gradients[0].contiguous();
    const int64_t hidden = gradient.size(1);
    at::Tensor qkv_gradient = at::empty_like(qkv);
    const float* source = qkv.const_data_ptr<float>();
    const float* output_gradient = gradient.const_data_ptr<float>();
    const float* sums = saved[1].const_data_ptr<float>();
    float* target = qkv_gradient.mutable_data_ptr<float>();
    const int64_t heads = saved[1].size(1);
    ForEachHead(context->saved_data["offsets"].toIntVector(),
                context->saved_data["places"].toIntVector(), heads, hidden, LoadDropout(context),
                [&](const cpu::AttentionHead& head, int64_t first, int64_t column,
                    std::vector<float>& scratch) {
                  cpu::AttentionBackward(head, source + first * 3 * hidden + column,
                                         output_gradient + first * hidden + column,
                                         sums + first * heads + column / head.head_size,
                                         target + first * 3 * hidden + column, scratch);
                });
    return {qkv_gradient, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

class DropoutAddNormOnCpu : public Function<DropoutAddNormOnCpu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& residual, const at::Tensor& weight,
                            const at::Tensor& bias, double eps, double dropout,
                            const RowPlaces& places) {
    const at::Tensor sum = input.contiguous();  // `input` becomes the sum
    const at::Tensor added = residual.contiguous();
    const int64_t rows = sum.size(0);
    at::Tensor output = at::empty_like(sum);
    at::Tensor statistics = at::empty({2, rows}, sum.options());
    const cpu::Norm norm = MakeNorm(weight, bias, eps, DrawDropout(dropout), places);
    float* sums = static_cast<float*>(sum.data_ptr());
    float* mean = statistics.mutable_data_ptr<float>();
    at::parallel_for(0, rows, kGrain / norm.columns + 1, [&](int64_t begin, int64_t end) {
      cpu::AddNormForward(norm, begin, end, sums, added.const_data_ptr<float>(),
                          output.mutable_data_ptr<float>(), mean, mean + rows);
    });
    context->save_for_backward({sum, statistics, weight, bias});
    context->saved_data["eps"] = eps;
    context->saved_data["places"] = places;
    SaveDropout(context, norm.dropout);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& sum = saved[0];
    const at::Tensor gradient = gradients[0].contiguous();
    const RowPlaces places = context->saved_data["places"].toIntVector();
    const cpu::Norm norm = MakeNorm(saved[2], saved[3], context->saved_data["eps"].toDouble(),
                                    LoadDropout(context), places);
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
    return {input_gradient, residual_gradient, parameters[0], parameters[1],
            at::Tensor(),   at::Tensor(),      at::Tensor()};
  }

 private:
  static cpu::Norm MakeNorm(const at::Tensor& weight, const at::Tensor& bias, double eps,
                            const cpu::Dropout& dropout, const RowPlaces& places) {
    return {.columns = weight.size(0),
            .weight = weight.const_data_ptr<float>(),
            .bias = bias.const_data_ptr<float>(),
            .eps = eps,
            .dropout = dropout,
            .places = places};
  }
};

class GeluOnCpu : public Function<GeluOnCpu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input) {
    const at::Tensor derivative = input.contiguous();  // `input` becomes the derivative
    at::Tensor output = at::empty_like(derivative);
    float* in = static_cast<float*>(derivative.data_ptr());
    float* out = output.mutable_data_ptr<float>();
    at::parallel_for(0, output.numel(), kGrain, [&](int64_t begin, int64_t end) {
      cpu::GeluForward(end - begin, in + begin, out + begin);
    });
    context->save_for_backward({derivative});
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {gradients[0] * context->get_saved_variables()[0]};
  }
};

class EmbeddingSumFunction : public Function<EmbeddingSumFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& word,
                            const at::Tensor& position, const at::Tensor& token_type,
                            const at::Tensor& ids, const at::Tensor& positions) {
    context->save_for_backward({word, position, token_type, ids, positions});
    at::Tensor sum = word.index_select(0, ids);
    sum += position.index_select(0, positions);
    sum += token_type.select(0, 0);
    return sum;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const c10::NoGradGuard no_grad;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& gradient = gradients[0];
    if (saved[0].requires_grad()) GradientOf(saved[0]).index_add_(0, saved[3], gradient);
    if (saved[1].requires_grad()) GradientOf(saved[1]).index_add_(0, saved[4], gradient);
    if (saved[2].requires_grad()) GradientOf(saved[2]).select(0, 0).add_(gradient.sum(0));
    return variable_list(5);
  }
};

// libtorch's kernels for sequences of unlike lengths, which take the sequences' offsets: flash
// attention for 16-bit types on cards that have it, the memory-efficient one for the rest. No
// mask is needed and nothing is padded.
at::Tensor AttentionOnDevice(const at::Tensor& query_key_value, const PackedLayout& layout,
                             const AttentionOptions& options) {
  const int64_t tokens = query_key_value.size(0);
  const int64_t hidden = query_key_value.size(1) / 3;
  const std::vector<at::Tensor> qkv =
      query_key_value.view({tokens, 3, options.heads, hidden / options.heads}).unbind(1);
  const int64_t longest = layout.groups.front().length;
  const at::Tensor& offsets = layout.device_offsets;
  const bool is_short = query_key_value.scalar_type() != at::kFloat;
  // The hook's question is whether the card is of the generation that brought both.
  if (is_short && at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8()) {
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
    return PackedAttentionOnCpu::apply(query_key_value, layout.offsets,
                                       layout.whole ? layout.whole->token_places : RowPlaces(),
                                       options.heads, options.dropout);
  }
  return AttentionOnDevice(query_key_value, layout, options);
}

at::Tensor DropoutAddNorm(const at::Tensor& input, const at::Tensor& residual,
                          const at::Tensor& weight, const at::Tensor& bias, double eps,
                          double dropout, const RowPlaces& places) {
  if (IsFloatOnCpu(input)) {
    return DropoutAddNormOnCpu::apply(input, residual, weight, bias, eps, dropout, places);
  }
  const at::Tensor kept = dropout > 0 ? at::dropout(input, dropout, /*train=*/true) : input;
  return at::layer_norm(residual + kept, {weight.size(0)}, weight, bias, eps);
}

at::Tensor Gelu(const at::Tensor& input) {
  return IsFloatOnCpu(input) ? GeluOnCpu::apply(input) : at::gelu(input);
}

at::Tensor EmbeddingSum(const at::Tensor& word, const at::Tensor& position,
                        const at::Tensor& token_type, const at::Tensor& ids,
                        const at::Tensor& positions) {
  return EmbeddingSumFunction::apply(word, position, token_type, ids, positions);
}

}  // namespace electra

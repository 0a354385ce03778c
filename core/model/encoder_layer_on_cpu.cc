#include "core/model/encoder_layer_on_cpu.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "core/model/cpu/encoder_layer.h"
#include "core/model/cpu/matrix_product.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// The order of the parameters among the arguments, and of their gradients.
enum Parameter : size_t {
  kQueryKeyValueWeight,
  kQueryKeyValueBias,
  kAttentionOutputWeight,
  kAttentionOutputBias,
  kAttentionNormWeight,
  kAttentionNormBias,
  kIntermediateWeight,
  kIntermediateBias,
  kOutputWeight,
  kOutputBias,
  kOutputNormWeight,
  kOutputNormBias,
  kParameters,
};

template <typename Float, typename Get>
cpu::EncoderLayerParametersOf<Float> ParametersOf(const Get& get) {
  return {
      .query_key_value = {get(kQueryKeyValueWeight), get(kQueryKeyValueBias)},
      .attention_output = {get(kAttentionOutputWeight), get(kAttentionOutputBias)},
      .attention_norm = {get(kAttentionNormWeight), get(kAttentionNormBias)},
      .intermediate = {get(kIntermediateWeight), get(kIntermediateBias)},
      .output = {get(kOutputWeight), get(kOutputBias)},
      .output_norm = {get(kOutputNormWeight), get(kOutputNormBias)},
  };
}

// Tensors that the backward pass needs beside input and parameters.
enum Activation : size_t {
  kQueryKeyValue,
  kLogSumExp,
  kAttended,
  kAttentionSum,
  kAttentionStatistics,
  kMiddle,
  kDerivative,
  kInner,
  kOutputSum,
  kOutputStatistics,
  kActivations,
};

float* Data(const at::Tensor& tensor) { return tensor.mutable_data_ptr<float>(); }

cpu::EncoderLayerActivations ActivationsOf(const at::Tensor& input, const at::Tensor* tensors) {
  const auto get = [&](Activation activation) {
    return static_cast<float*>(tensors[activation].data_ptr());
  };
  return {.input = input.const_data_ptr<float>(),
          .query_key_value = get(kQueryKeyValue),
          .log_sum_exp = get(kLogSumExp),
          .attended = get(kAttended),
          .attention_sum = get(kAttentionSum),
          .attention_statistics = get(kAttentionStatistics),
          .middle = get(kMiddle),
          .derivative = get(kDerivative),
          .inner = get(kInner),
          .output_sum = get(kOutputSum),
          .output_statistics = get(kOutputStatistics)};
}

// What a layer is run with beside its tensors.
struct Run {
  std::vector<int64_t> offsets;
  RowPlaces places;
  int64_t heads;
  double attention_norm_eps;
  double output_norm_eps;
  cpu::EncoderLayerDropout dropout;

  cpu::EncoderLayerShape Shape(int64_t hidden, int64_t intermediate) const {
    return {.offsets = offsets,
            .places = places,
            .hidden = hidden,
            .heads = heads,
            .intermediate = intermediate,
            .attention_norm_eps = attention_norm_eps,
            .output_norm_eps = output_norm_eps};
  }
};

struct SavedRun : torch::CustomClassHolder {
  explicit SavedRun(Run saved) : run(std::move(saved)) {}
  Run run;
};

cpu::Dropout DrawDropout(double probability) {
  if (probability <= 0) return {};
  return {.key = DrawKey(), .probability = probability};
}

class EncoderLayerFunction : public Function<EncoderLayerFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& hidden,
                            const at::Tensor& p0, const at::Tensor& p1, const at::Tensor& p2,
                            const at::Tensor& p3, const at::Tensor& p4, const at::Tensor& p5,
                            const at::Tensor& p6, const at::Tensor& p7, const at::Tensor& p8,
                            const at::Tensor& p9, const at::Tensor& p10, const at::Tensor& p11,
                            const c10::intrusive_ptr<SavedRun>& saved_run) {
    const at::Tensor input = hidden.contiguous();
    const at::Tensor parameters[kParameters] = {p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11};
    const Run& run = saved_run->run;
    const int64_t tokens = input.size(0);
    const int64_t width = input.size(1);
    const int64_t intermediate = parameters[kIntermediateWeight].size(0);
    const auto shape = run.Shape(width, intermediate);
    const int64_t inner_stride = shape.inner_stride();
    const auto make = [&](at::IntArrayRef sizes) { return at::empty(sizes, input.options()); };
    const std::array<at::Tensor, kActivations> activations = {make({tokens, 3 * width}),
                                                              make({tokens, run.heads}),
                                                              make({tokens, width}),
                                                              make({tokens, width}),
                                                              make({2, tokens}),
                                                              make({tokens, width}),
                                                              make({tokens, inner_stride}),
                                                              make({tokens, inner_stride}),
                                                              make({tokens, width}),
                                                              make({2, tokens})};
    at::Tensor output = at::empty_like(input);
    const auto pointers = ParametersOf<const float>(
        [&](Parameter i) { return parameters[i].const_data_ptr<float>(); });
    const auto kept = ActivationsOf(input, activations.data());
    float* result = Data(output);
    cpu::Team::Run(at::get_num_threads(), [&](cpu::Team& team) {
      cpu::EncoderLayerForward(shape, run.dropout, pointers, kept, result, team);
    });

    variable_list saved = {input};
    saved.insert(saved.end(), std::begin(parameters), std::end(parameters));
    saved.insert(saved.end(), activations.begin(), activations.end());
    context->save_for_backward(std::move(saved));
    context->saved_data["run"] = c10::IValue::make_capsule(saved_run);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const c10::NoGradGuard no_grad;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& input = saved[0];
    const at::Tensor* parameters = &saved[1];
    const auto saved_run =
        c10::static_intrusive_pointer_cast<SavedRun>(context->saved_data["run"].toCapsule());
    const Run& run = saved_run->run;
    const int64_t tokens = input.size(0);
    const int64_t width = input.size(1);
    const int64_t intermediate = parameters[kIntermediateWeight].size(0);
    const auto shape = run.Shape(width, intermediate);
    const auto make = [&](at::IntArrayRef sizes) { return at::empty(sizes, input.options()); };

    variable_list result(1 + kParameters + 1);
    result[0] = at::empty_like(input);
    for (size_t i = 0; i < kParameters; i += 2) {  // weight and bias
      if (!context->needs_input_grad(1 + i) && !context->needs_input_grad(2 + i)) continue;
      result[1 + i] = at::empty_like(parameters[i]);
      result[2 + i] = at::empty_like(parameters[i + 1]);
    }
    const at::Tensor scratch[] = {make({4, tokens, width}), make({tokens, shape.inner_stride()}),
                                  make({tokens, 3 * width}),
                                  make({2, cpu::NormBlocks(tokens), 2, width})};
    float* rows = Data(scratch[0]);
    const cpu::EncoderLayerScratch memory{.gradient = rows,
                                          .middle_gradient = rows + tokens * width,
                                          .attended_gradient = rows + 2 * tokens * width,
                                          .attention_gradient = rows + 3 * tokens * width,
                                          .inner_gradient = Data(scratch[1]),
                                          .query_key_value = Data(scratch[2]),
                                          .norm_gradients = Data(scratch[3])};
    const auto pointers = ParametersOf<const float>(
        [&](Parameter i) { return parameters[i].const_data_ptr<float>(); });
    const auto targets = ParametersOf<float>(
        [&](Parameter i) { return result[1 + i].defined() ? Data(result[1 + i]) : nullptr; });
    const auto kept = ActivationsOf(input, &saved[1 + kParameters]);
    const at::Tensor gradient = gradients[0].contiguous();
    const float* output_gradient = gradient.const_data_ptr<float>();
    float* input_gradient = Data(result[0]);
    cpu::Team::Run(at::get_num_threads(), [&](cpu::Team& team) {
      cpu::EncoderLayerBackward(shape, run.dropout, pointers, kept, output_gradient, memory,
                                targets, input_gradient, team);
    });
    return result;
  }
};

}  // namespace

bool HasEncoderLayerOnCpu(const at::Tensor& hidden) {
  return hidden.is_cpu() && hidden.scalar_type() == at::kFloat && cpu::HasMatrixProduct();
}

at::Tensor EncoderLayerOnCpu(const EncoderLayer& layer, const at::Tensor& hidden,
                             const PackedLayout& layout, const AttentionOptions& attention,
                             double dropout) {
  Run run{.offsets = layout.offsets,
          .places = layout.whole ? layout.whole->token_places : RowPlaces(),
          .heads = attention.heads,
          .attention_norm_eps = layer.attention_norm.eps,
          .output_norm_eps = layer.output_norm.eps,
          .dropout = {}};
  run.dropout.attention = DrawDropout(attention.dropout);
  run.dropout.attention_output = DrawDropout(dropout);
  run.dropout.output = DrawDropout(dropout);
  return EncoderLayerFunction::apply(
      hidden, layer.query_key_value.weight, layer.query_key_value.bias,
      layer.attention_output.weight, layer.attention_output.bias, layer.attention_norm.weight,
      layer.attention_norm.bias, layer.intermediate.weight, layer.intermediate.bias,
      layer.output.weight, layer.output.bias, layer.output_norm.weight, layer.output_norm.bias,
      c10::make_intrusive<SavedRun>(std::move(run)));
}

}  // namespace electra

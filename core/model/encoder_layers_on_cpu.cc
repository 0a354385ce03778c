#include "core/model/encoder_layers_on_cpu.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "core/model/cpu/encoder_layer.h"
#include "core/model/differentiable.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

// Arrays of floats in few allocations.
struct Arrays {
  std::vector<at::Tensor> blocks;
  std::vector<float*> data;
};

Arrays MakeArrays(std::initializer_list<int64_t> sizes, const at::TensorOptions& options) {
  constexpr int64_t kLine = 16;               // floats
  constexpr int64_t kLargestBlock = 4 << 20;  // floats: what the heap keeps when it is freed
  const auto in_lines = [](int64_t size) { return (size + kLine - 1) / kLine * kLine; };
  int64_t wanted = 0;
  for (int64_t size : sizes) wanted += in_lines(size);
  Arrays arrays;
  float* next = nullptr;
  int64_t room = 0;
  for (int64_t size : sizes) {
    const int64_t taken = in_lines(size);
    if (taken > room || next == nullptr) {
      room = std::max(taken, std::min(wanted, kLargestBlock));
      arrays.blocks.push_back(at::empty({room}, options));
      next = arrays.blocks.back().mutable_data_ptr<float>();
    }
    arrays.data.push_back(next);
    next += taken;
    room -= taken;
    wanted -= taken;
  }
  return arrays;
}

// Weights, each followed by its bias, in the order of EncoderLayerParametersOf.
using Parameters = std::array<at::Tensor, 12>;

Parameters ParametersOf(const EncoderLayer& layer) {
  return {layer.query_key_value.weight,  layer.query_key_value.bias,
          layer.attention_output.weight, layer.attention_output.bias,
          layer.attention_norm.weight,   layer.attention_norm.bias,
          layer.intermediate.weight,     layer.intermediate.bias,
          layer.output.weight,           layer.output.bias,
          layer.output_norm.weight,      layer.output_norm.bias};
}

template <typename Float, typename Get>
cpu::EncoderLayerParametersOf<Float> PointersOf(const Get& get) {
  return {.query_key_value = {get(0), get(1)},
          .attention_output = {get(2), get(3)},
          .attention_norm = {get(4), get(5)},
          .intermediate = {get(6), get(7)},
          .output = {get(8), get(9)},
          .output_norm = {get(10), get(11)}};
}

cpu::EncoderLayerParameters PointersOf(const EncoderLayer& layer) {
  const Parameters parameters = ParametersOf(layer);
  return PointersOf<const float>([&](size_t i) { return parameters[i].const_data_ptr<float>(); });
}

bool IsTrained(const EncoderLayer& layer) {
  const Parameters parameters = ParametersOf(layer);
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const at::Tensor& parameter) { return parameter.requires_grad(); });
}

// Where the backward pass writes a layer's gradients, to be added to the parameters' gradients.
class LayerGradients {
 public:
  explicit LayerGradients(const EncoderLayer& layer) : parameters_(ParametersOf(layer)) {
    for (size_t i = 0; i < parameters_.size(); i += 2) {  // weight and bias
      if (!parameters_[i].requires_grad() && !parameters_[i + 1].requires_grad()) continue;
      gradients_[i] = at::empty_like(parameters_[i]);
      gradients_[i + 1] = at::empty_like(parameters_[i + 1]);
    }
  }
  cpu::EncoderLayerGradients pointers() const {
    return PointersOf<float>([&](size_t i) {
      return gradients_[i].defined() ? gradients_[i].mutable_data_ptr<float>() : nullptr;
    });
  }
  void AddToParameters() {
    for (size_t i = 0; i < parameters_.size(); ++i) {
      if (!parameters_[i].requires_grad()) continue;
      at::Tensor& sum = parameters_[i].mutable_grad();
      sum = sum.defined() ? sum.add_(gradients_[i]) : std::move(gradients_[i]);
    }
  }

 private:
  Parameters parameters_;
  Parameters gradients_;  // undefined where nobody needs them
};

// What a layer leaves for its backward pass.
struct LayerTrace {
  cpu::EncoderLayerDropout dropout;
  at::Tensor input;
  Arrays arrays;

  cpu::EncoderLayerActivations activations() const {
    const std::vector<float*>& data = arrays.data;
    return {.input = input.const_data_ptr<float>(),
            .query_key_value = data[0],
            .log_sum_exp = data[1],
            .attended = data[2],
            .attention_sum = data[3],
            .attention_statistics = data[4],
            .middle = data[5],
            .derivative = data[6],
            .inner = data[7],
            .output_sum = data[8],
            .output_statistics = data[9]};
  }
};

// Inputs: the hidden states and, where these need no gradient and a layer does, a parameter that
// makes the result need one.
struct EncoderRun : Differentiable {
  Result Forward(const Tensors& inputs) override;
  Tensors Backward(const Tensors& saved, const at::Tensor& output_gradient,
                   const Wanted& wanted) override;

  std::span<const EncoderLayer> layers;
  std::vector<int64_t> offsets;
  RowPlaces places;
  int64_t heads = 0;
  double attention_dropout = 0;
  double dropout = 0;
  std::function<void(int64_t)> observer;
  // The backward pass ends at this layer: nothing is trained below.
  size_t first_trained = 0;
  std::vector<LayerTrace> traces;  // of each layer from there on, until its backward pass

  cpu::EncoderLayerShape ShapeOf(const EncoderLayer& layer) const {
    return {.offsets = offsets,
            .places = places,
            .hidden = layer.output.weight.size(0),
            .heads = heads,
            .intermediate = layer.output.weight.size(1),
            .attention_norm_eps = layer.attention_norm.eps,
            .output_norm_eps = layer.output_norm.eps};
  }
};

// The trace of the layer above those of `below`. Traces that the backward pass does not need share
// memory.
LayerTrace MakeTrace(const EncoderRun& run, const std::vector<LayerTrace>& below,
                     const at::Tensor& lowest_input) {
  const size_t index = below.size();
  const bool shares = index > 0 && index < run.first_trained;
  LayerTrace trace{.dropout = {.attention = DrawDropout(run.attention_dropout),
                               .attention_output = DrawDropout(run.dropout),
                               .output = DrawDropout(run.dropout)},
                   .input = {},
                   .arrays = {}};
  if (index == 0) {
    trace.input = lowest_input.contiguous();
  } else if (shares && index > 2) {
    trace.input = below[index - 2].input;  // the one below reads its own while it writes this
  } else {
    trace.input = at::empty_like(below.back().input);
  }
  if (shares) {
    trace.arrays = below.back().arrays;
    return trace;
  }
  const cpu::EncoderLayerShape shape = run.ShapeOf(run.layers[index]);
  const int64_t tokens = shape.tokens();
  const int64_t wide = tokens * shape.hidden;
  const int64_t inner = tokens * shape.inner_stride();
  trace.arrays = MakeArrays({3 * wide, tokens * shape.heads, wide, wide, 2 * tokens, wide, inner,
                             inner, wide, 2 * tokens},
                            lowest_input.options());
  return trace;
}

EncoderRun::Result EncoderRun::Forward(const Tensors& inputs) {
  const at::Tensor& input = inputs[0];
  const size_t count = layers.size();
  at::Tensor output = at::empty(input.sizes(), input.options());
  std::vector<LayerTrace> all;
  std::vector<cpu::EncoderLayerParameters> parameters;
  for (size_t i = 0; i < count; ++i) {
    all.push_back(MakeTrace(*this, all, input));
    parameters.push_back(PointersOf(layers[i]));
  }
  cpu::Team::Run(at::get_num_threads(), [&](cpu::Team& team) {
    for (size_t i = 0; i < count; ++i) {
      const at::Tensor& target = i + 1 < count ? all[i + 1].input : output;
      cpu::EncoderLayerForward(ShapeOf(layers[i]), all[i].dropout, parameters[i],
                               all[i].activations(), target.mutable_data_ptr<float>(), team);
    }
  });
  const auto first_kept = all.begin() + static_cast<std::ptrdiff_t>(first_trained);
  traces.assign(std::make_move_iterator(first_kept), std::make_move_iterator(all.end()));
  return {.output = output, .saved = {}};
}

Tensors EncoderRun::Backward(const Tensors& /*saved*/, const at::Tensor& output_gradient,
                             const Wanted& wanted) {
  const c10::NoGradGuard no_grad;
  at::Tensor gradient = output_gradient.contiguous();
  const cpu::EncoderLayerShape widest = ShapeOf(layers.front());
  const int64_t tokens = widest.tokens();
  const int64_t wide = tokens * widest.hidden;
  const Arrays scratch = MakeArrays({wide, wide, wide, wide, tokens * widest.inner_stride(),
                                     3 * wide, 4 * cpu::NormBlocks(tokens) * widest.hidden},
                                    gradient.options());
  const cpu::EncoderLayerScratch memory{.gradient = scratch.data[0],
                                        .middle_gradient = scratch.data[1],
                                        .attended_gradient = scratch.data[2],
                                        .attention_gradient = scratch.data[3],
                                        .inner_gradient = scratch.data[4],
                                        .query_key_value = scratch.data[5],
                                        .norm_gradients = scratch.data[6]};
  while (!traces.empty()) {
    const LayerTrace trace = std::move(traces.back());  // freed when its layer is done
    traces.pop_back();
    const size_t index = first_trained + traces.size();
    const EncoderLayer& layer = layers[index];
    LayerGradients sums(layer);
    at::Tensor input_gradient = at::empty_like(gradient);
    const float* given = gradient.const_data_ptr<float>();
    float* result = input_gradient.mutable_data_ptr<float>();
    const cpu::EncoderLayerShape shape = ShapeOf(layer);
    const cpu::EncoderLayerParameters parameters = PointersOf(layer);
    const cpu::EncoderLayerActivations activations = trace.activations();
    const cpu::EncoderLayerGradients targets = sums.pointers();
    cpu::Team::Run(at::get_num_threads(), [&](cpu::Team& team) {
      cpu::EncoderLayerBackward(shape, trace.dropout, parameters, activations, given, memory,
                                targets, result, team);
    });
    sums.AddToParameters();
    if (observer) observer(static_cast<int64_t>(index));
    gradient = std::move(input_gradient);
  }
  Tensors result(wanted.size());
  if (wanted[0]) result[0] = gradient;
  return result;
}

}  // namespace

at::Tensor EncoderLayersOnCpu(std::span<const EncoderLayer> layers, const at::Tensor& hidden,
                              const PackedLayout& layout, const AttentionOptions& attention,
                              double dropout, const std::function<void(int64_t)>& observer) {
  if (layers.empty()) return hidden;
  auto run = std::make_shared<EncoderRun>();
  run->layers = layers;
  run->offsets = layout.offsets;
  if (layout.whole) run->places = layout.whole->token_places;
  run->heads = attention.heads;
  run->attention_dropout = attention.dropout;
  run->dropout = dropout;
  run->observer = observer;
  const bool trains = at::GradMode::is_enabled();
  Tensors inputs = {hidden};
  if (!trains) {
    run->first_trained = layers.size();
  } else if (!hidden.requires_grad()) {
    const auto first = std::find_if(layers.begin(), layers.end(), IsTrained);
    run->first_trained = static_cast<size_t>(first - layers.begin());
    if (first != layers.end()) {
      for (const at::Tensor& parameter : ParametersOf(*first)) {
        if (parameter.requires_grad()) {
          inputs.push_back(parameter);
          break;
        }
      }
    }
  }
  return Apply(run, inputs);
}

}  // namespace electra

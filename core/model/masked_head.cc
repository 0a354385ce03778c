#include "core/model/masked_head.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <vector>

#include "core/batch/random.h"
#include "core/model/cpu/masked_softmax.h"
#include "core/model/float_on_cpu.h"
#include "core/model/fused_ops.h"
#include "core/model/products.h"
#include "core/model/randomness.h"
#include "core/shape/cost.h"

namespace electra {
namespace {

// The results of a chunk, on the device.
struct Chunk {
  at::Tensor loss;      // scalar, float64
  at::Tensor correct;   // scalar, int64
  at::Tensor sampled;   // [rows]
  at::Tensor gradient;  // [rows, vocab] of the logits; in their memory
  at::Tensor losses;    // [rows], float64, where no gradient is needed
};

Chunk RunOnCpu(const at::Tensor& logits, const at::Tensor& labels, uint64_t key, int64_t first,
               const MaskedHeadOptions& options) {
  const int64_t rows = logits.size(0);
  std::vector<cpu::SoftmaxResult> results(static_cast<size_t>(rows));
  at::Tensor sampled = at::empty_like(labels);
  float* values = logits.mutable_data_ptr<float>();
  const int64_t* label = labels.const_data_ptr<int64_t>();
  at::parallel_for(0, rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t place =
          options.places.empty() ? first + row : options.places[static_cast<size_t>(first + row)];
      KeyedRandom random({key, static_cast<uint64_t>(place)});
      results[static_cast<size_t>(row)] =
          cpu::SoftmaxCrossEntropy({.columns = logits.size(1),
                                    .label = label[row],
                                    .temperature = options.temperature,
                                    .uniform = random.NextDouble(),
                                    .gradient_scale = static_cast<float>(options.gradient_scale),
                                    .wants_gradient = options.wants_gradient},
                                   values + row * logits.size(1));
    }
  });
  double loss = 0;
  int64_t correct = 0;
  at::Tensor losses = at::empty({options.wants_gradient ? 0 : rows}, at::kDouble);
  for (int64_t row = 0; row < rows; ++row) {
    const cpu::SoftmaxResult& result = results[static_cast<size_t>(row)];
    loss += result.loss;
    if (!options.wants_gradient) losses.mutable_data_ptr<double>()[row] = result.loss;
    correct += result.correct ? 1 : 0;
    sampled.mutable_data_ptr<int64_t>()[row] = result.sampled;
  }
  return {.loss = at::full({}, loss, at::kDouble),
          .correct = at::full({}, correct, at::kLong),
          .sampled = sampled,
          .gradient = logits,
          .losses = losses};
}

// One draw a row by Gumbel-max: argmax(logits / temperature - log E) with E exponential. The
// buffer of the noise then becomes the softmax, the logits' gradient: there are never more than two
// numbers per logit.
Chunk RunOnDevice(const at::Tensor& logits, const at::Tensor& labels, int64_t counted,
                  const MaskedHeadOptions& options) {
  at::Tensor buffer = at::empty_like(logits).exponential_(1.0, GeneratorOf(logits.device()));
  Chunk chunk;
  chunk.sampled = buffer.log_().neg_().add_(logits, 1.0 / options.temperature).argmax(-1);
  chunk.correct = (logits.argmax(-1) == labels).narrow(0, 0, counted).sum();
  const at::Tensor column = labels.unsqueeze(1);
  const at::Tensor largest = logits.amax(-1, /*keepdim=*/true);  // [rows, 1]
  at::sub_out(buffer, logits, largest);
  const at::Tensor total = buffer.exp_().sum(-1, /*keepdim=*/true);            // [rows, 1]
  const at::Tensor losses = total.log() + largest - logits.gather(1, column);  // [rows, 1]
  chunk.loss = losses.narrow(0, 0, counted).sum(at::kDouble);
  if (!options.wants_gradient) {
    chunk.losses = losses.squeeze(1).to(at::kDouble);
    return chunk;
  }
  buffer.div_(total).mul_(options.gradient_scale);
  // A row has one label: no two numbers go to the same place, so none need be added atomically.
  buffer.scatter_(1, column, buffer.gather(1, column).sub_(options.gradient_scale));
  if (const int64_t rest = logits.size(0) - counted; rest > 0) {
    buffer.narrow(0, counted, rest).zero_();
  }
  chunk.gradient = buffer;
  if (options.loss_scale.defined()) chunk.gradient.mul_(options.loss_scale);
  return chunk;
}

// gradient of `parameter` += a x b, without a buffer for the product.
void AddToGradient(const at::Tensor& parameter, const at::Tensor& a, const at::Tensor& b) {
  at::Tensor& gradient = parameter.mutable_grad();
  if (a.scalar_type() != parameter.scalar_type()) {
    const at::Tensor product = at::mm(a, b).to(parameter.scalar_type());
    gradient = gradient.defined() ? gradient.add_(product) : product;
  } else if (gradient.defined()) {
    AddProduct(gradient, a, b);
  } else {
    gradient = Product(a, b);
  }
}

void AddSum(const at::Tensor& parameter, const at::Tensor& sum) {
  at::Tensor& gradient = parameter.mutable_grad();
  gradient = gradient.defined() ? gradient.add_(sum) : sum;
}

}  // namespace

MaskedHeadResult RunMaskedHead(const at::Tensor& input, const Linear& output,
                               const at::Tensor& labels, const MaskedHeadOptions& options) {
  const c10::NoGradGuard no_grad;
  const bool on_cpu = IsFloatOnCpu(input);
  const uint64_t key = on_cpu ? DrawKey() : 0;
  MaskedHeadResult result{
      .loss = at::zeros({}, input.options().dtype(at::kDouble)),
      .correct = at::zeros({}, input.options().dtype(at::kLong)),
      .sampled = at::empty_like(labels),
      .gradient = options.wants_gradient ? at::empty_like(input) : at::Tensor(),
      .losses = options.wants_gradient
                    ? at::Tensor()
                    : at::empty({labels.size(0)}, input.options().dtype(at::kDouble))};
  const int64_t step = on_cpu ? kLogitRowsOfKernels : kLogitRowsOfOperations;
  const at::ScalarType wide = input.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  for (int64_t first = 0; first < labels.size(0); first += step) {
    const int64_t rows = std::min(step, labels.size(0) - first);
    const int64_t counted =
        options.counted < 0 ? rows : std::clamp<int64_t>(options.counted - first, 0, rows);
    const at::Tensor own_input = input.narrow(0, first, rows);
    const at::Tensor own_labels = labels.narrow(0, first, rows);
    Chunk chunk;
    {
      const at::Tensor logits = output(own_input).to(wide);  // [rows, vocab]
      chunk = on_cpu ? RunOnCpu(logits, own_labels, key, first, options)
                     : RunOnDevice(logits, own_labels, counted, options);
    }
    result.loss += chunk.loss;
    result.correct += chunk.correct;
    result.sampled.narrow(0, first, rows).copy_(chunk.sampled);
    if (!options.wants_gradient) {
      result.losses.narrow(0, first, rows).copy_(chunk.losses);
      continue;
    }
    if (output.bias.requires_grad()) AddSum(output.bias, ColumnSums(chunk.gradient));
    const at::Tensor gradient = chunk.gradient.to(input.scalar_type());
    result.gradient.narrow(0, first, rows).copy_(Product(gradient, output.used_weight()));
    if (output.weight.requires_grad()) {
      AddToGradient(output.weight, gradient.t(), own_input);
    }
  }
  return result;
}

}  // namespace electra

#include "core/model/embeddings_on_cpu.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <functional>

#include "core/model/cpu/elementwise.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr int64_t kWorthAThread = 1 << 13;  // elements

struct Table {
  const float* rows;
  int64_t count;
  int64_t columns;

  const float* Row(int64_t index) const {
    TORCH_CHECK_INDEX(index >= 0 && index < count, "row ", index, " of an embedding table of ",
                      count);
    return rows + index * columns;
  }
};

Table TableOf(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.size(0), tensor.size(1)};
}

class EmbeddingsFunction : public Function<EmbeddingsFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& word,
                            const at::Tensor& position, const at::Tensor& token_type,
                            const at::Tensor& weight, const at::Tensor& bias, double eps,
                            const at::Tensor& ids, const at::Tensor& positions, double probability,
                            const RowPlaces& places) {
    const int64_t tokens = ids.size(0);
    const int64_t columns = word.size(1);
    const cpu::Dropout dropout = DrawDropout(probability);
    at::Tensor sum = at::empty({tokens, columns}, word.options());
    at::Tensor output = at::empty_like(sum);
    at::Tensor statistics = at::empty({2, tokens}, sum.options());
    const Table words = TableOf(word);
    const Table all_positions = TableOf(position);
    const float* type = TableOf(token_type).Row(0);
    const int64_t* word_row = ids.const_data_ptr<int64_t>();
    const int64_t* position_row = positions.const_data_ptr<int64_t>();
    float* sums = sum.mutable_data_ptr<float>();
    float* outputs = output.mutable_data_ptr<float>();
    float* mean = statistics.mutable_data_ptr<float>();
    const cpu::Norm norm{.columns = columns,
                         .weight = weight.const_data_ptr<float>(),
                         .bias = bias.const_data_ptr<float>(),
                         .eps = eps,
                         .dropout = {},
                         .places = places};
    const int64_t grain = kWorthAThread / columns + 1;
    at::parallel_for(0, tokens, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        float* own = sums + row * columns;
        float* out = outputs + row * columns;
        const float* own_word = words.Row(word_row[row]);
        std::transform(own_word, own_word + columns, type, own, std::plus<>());
        cpu::AddNormForward(norm, 0, 1, own, all_positions.Row(position_row[row]), out, mean + row,
                            mean + tokens + row);
        cpu::DropRow(dropout, norm.PlaceOf(row), columns, out, out);
      }
    });
    context->save_for_backward(
        {word, position, token_type, weight, bias, ids, positions, sum, statistics});
    context->saved_data["eps"] = eps;
    context->saved_data["places"] = places;
    SaveDropout(context, dropout);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const c10::NoGradGuard no_grad;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& sum = saved[7];
    const int64_t tokens = sum.size(0);
    const int64_t columns = sum.size(1);
    const cpu::Dropout dropout = LoadDropout(context);
    const RowPlaces places = context->saved_data["places"].toIntVector();
    const cpu::Norm norm{.columns = columns,
                         .weight = saved[3].const_data_ptr<float>(),
                         .bias = saved[4].const_data_ptr<float>(),
                         .eps = context->saved_data["eps"].toDouble(),
                         .dropout = {},
                         .places = places};
    const at::Tensor output_gradient = gradients[0].contiguous();
    const float* given = output_gradient.const_data_ptr<float>();
    const float* sums = sum.const_data_ptr<float>();
    const float* mean = saved[8].const_data_ptr<float>();
    // Of the norm's result, then of the sum.
    at::Tensor gradient = at::empty_like(sum);
    float* own = gradient.mutable_data_ptr<float>();
    const int64_t blocks = cpu::NormBlocks(tokens);
    const at::Tensor partial = at::zeros({blocks, 2, columns}, sum.options());
    float* partials = partial.mutable_data_ptr<float>();
    const int64_t grain = kWorthAThread / (cpu::kNormBlock * columns) + 1;
    at::parallel_for(0, blocks, grain, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block) {
        const int64_t first = block * cpu::kNormBlock;
        const int64_t last = std::min(tokens, first + cpu::kNormBlock);
        for (int64_t row = first; row < last; ++row) {
          cpu::DropRow(dropout, norm.PlaceOf(row), columns, given + row * columns,
                       own + row * columns);
        }
        float* parameters = partials + block * 2 * columns;
        cpu::AddNormBackward(norm, first, last, sums, mean, mean + tokens, own, own, own,
                             parameters, parameters + columns);
      }
    });
    AddToTable(saved[0], &saved[5], gradient);
    AddToTable(saved[1], &saved[6], gradient);
    AddToTable(saved[2], nullptr, gradient);
    const at::Tensor parameters = partial.sum(0);
    variable_list result(10);
    result[3] = parameters[0];
    result[4] = parameters[1];
    return result;
  }

 private:
  // The table's gradient += the rows of `gradient` at `indices`, all at row 0 where there are none.
  // A thread has some columns of every row, since two tokens may have the same.
  static void AddToTable(const at::Tensor& table, const at::Tensor* indices,
                         const at::Tensor& gradient) {
    if (!table.requires_grad()) return;
    float* target = GradientOf(table).mutable_data_ptr<float>();
    const float* source = gradient.const_data_ptr<float>();
    const int64_t* index = indices == nullptr ? nullptr : indices->const_data_ptr<int64_t>();
    const int64_t columns = gradient.size(1);
    const int64_t grain = kWorthAThread / (gradient.size(0) + 1) + 1;
    at::parallel_for(0, columns, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = 0; row < gradient.size(0); ++row) {
        float* to = target + (index == nullptr ? 0 : index[row]) * columns;
        const float* from = source + row * columns;
        for (int64_t i = begin; i < end; ++i) to[i] += from[i];
      }
    });
  }
};

}  // namespace

at::Tensor EmbeddingsOnCpu(const Embeddings& embeddings, const at::Tensor& ids,
                           const at::Tensor& positions, double dropout, const RowPlaces& places) {
  return EmbeddingsFunction::apply(embeddings.word, embeddings.position, embeddings.token_type,
                                   embeddings.norm.weight, embeddings.norm.bias,
                                   embeddings.norm.eps, ids.contiguous(), positions.contiguous(),
                                   dropout, places);
}

}  // namespace electra

#include "core/model/embeddings_on_cpu.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/model/cpu/elementwise.h"
#include "core/model/differentiable.h"
#include "core/model/randomness.h"

namespace electra {
namespace {

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

// Inputs: the three tables, the norm's weight and bias. `base_word` may be undefined.
class NormedEmbeddings : public Differentiable {
 public:
  NormedEmbeddings(double eps, at::Tensor base_word, at::Tensor ids, at::Tensor positions,
                   double dropout, RowPlaces places)
      : eps_(eps),
        base_word_(std::move(base_word)),
        ids_(std::move(ids)),
        positions_(std::move(positions)),
        dropout_(DrawDropout(dropout)),
        places_(std::move(places)) {}

  Result Forward(const Tensors& inputs) override {
    const int64_t tokens = ids_.size(0);
    const int64_t columns = inputs[0].size(1);
    at::Tensor sum = at::empty({tokens, columns}, inputs[0].options());
    at::Tensor output = at::empty_like(sum);
    at::Tensor statistics = at::empty({2, tokens}, sum.options());
    const Table words = TableOf(inputs[0]);
    const std::optional<Table> base_words =
        base_word_.defined() ? std::optional(TableOf(base_word_)) : std::nullopt;
    const Table positions = TableOf(inputs[1]);
    const float* type = TableOf(inputs[2]).Row(0);
    const int64_t* word_row = ids_.const_data_ptr<int64_t>();
    const int64_t* position_row = positions_.const_data_ptr<int64_t>();
    float* sums = sum.mutable_data_ptr<float>();
    float* outputs = output.mutable_data_ptr<float>();
    float* mean = statistics.mutable_data_ptr<float>();
    const cpu::Norm norm = NormOf(inputs[3], inputs[4]);
    const int64_t grain = kWorthAThread / columns + 1;
    at::parallel_for(0, tokens, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        float* own = sums + row * columns;
        float* out = outputs + row * columns;
        const float* own_word = words.Row(word_row[row]);
        cpu::AddRow(columns, own_word, type, own);
        if (base_words) cpu::AddRow(columns, own, base_words->Row(word_row[row]), own);
        cpu::AddNormForward(norm, 0, 1, own, positions.Row(position_row[row]), out, mean + row,
                            mean + tokens + row);
        cpu::DropRow(dropout_, norm.PlaceOf(row), columns, out, out);
      }
    });
    Tensors saved = inputs;
    saved.push_back(sum);
    saved.push_back(statistics);
    return {.output = output, .saved = std::move(saved)};
  }

  Tensors Backward(const Tensors& saved, const at::Tensor& output_gradient,
                   const Wanted&) override {
    const c10::NoGradGuard no_grad;
    const at::Tensor& sum = saved[5];
    const int64_t tokens = sum.size(0);
    const int64_t columns = sum.size(1);
    const cpu::Norm norm = NormOf(saved[3], saved[4]);
    const at::Tensor given_gradient = output_gradient.contiguous();
    const float* given = given_gradient.const_data_ptr<float>();
    const float* sums = sum.const_data_ptr<float>();
    const float* mean = saved[6].const_data_ptr<float>();
    // The gradient of the norm's result, then of the sum.
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
          cpu::DropRow(dropout_, norm.PlaceOf(row), columns, given + row * columns,
                       own + row * columns);
        }
        float* parameters = partials + block * 2 * columns;
        cpu::AddNormBackward(norm, first, last, sums, mean, mean + tokens, own, own, own,
                             parameters, parameters + columns);
      }
    });
    AddToTable(saved[0], &ids_, gradient);
    AddToTable(saved[1], &positions_, gradient);
    AddToTable(saved[2], nullptr, gradient);
    const at::Tensor parameters = partial.sum(0);
    return {at::Tensor(), at::Tensor(), at::Tensor(), parameters[0], parameters[1]};
  }

 private:
  // Dropout is done separately.
  cpu::Norm NormOf(const at::Tensor& weight, const at::Tensor& bias) const {
    return {.columns = weight.size(0),
            .weight = weight.const_data_ptr<float>(),
            .bias = bias.const_data_ptr<float>(),
            .eps = eps_,
            .dropout = {},
            .places = places_};
  }

  // The table's gradient += the rows of `gradient` at `indices`, all at row 0 where there are none.
  // A thread has some columns of every row, since two tokens may share a row.
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
        cpu::AddRow(end - begin, from + begin, to + begin, to + begin);
      }
    });
  }

  const double eps_;
  const at::Tensor base_word_;
  const at::Tensor ids_;
  const at::Tensor positions_;
  const cpu::Dropout dropout_;
  const RowPlaces places_;
};

}  // namespace

at::Tensor EmbeddingsOnCpu(const Embeddings& embeddings, const at::Tensor& ids,
                           const at::Tensor& positions, double dropout, const RowPlaces& places) {
  return Apply(
      std::make_shared<NormedEmbeddings>(embeddings.norm.eps, embeddings.base_word,
                                         ids.contiguous(), positions.contiguous(), dropout, places),
      {embeddings.word, embeddings.position, embeddings.token_type, embeddings.norm.weight,
       embeddings.norm.bias});
}

}  // namespace electra

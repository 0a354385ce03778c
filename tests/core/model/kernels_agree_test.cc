// Kernels give the same results on every instruction set but for rounding, and dropout keeps the
// same elements; rows with whole vectors and with a rest.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/batch/random.h"
#include "core/model/cpu/adamw_update.h"
#include "core/model/cpu/attention.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/masked_softmax.h"
#include "tests/core/model/instruction_sets.h"

namespace electra::cpu {
namespace {

using Array = std::vector<float>;
using Arrays = std::vector<Array>;

constexpr Dropout kDrops{.key = 0x123456789ABCDEF, .probability = 0.3};

Array SeededArray(int64_t count, uint64_t seed) {
  KeyedRandom random({seed, 4711});
  Array values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(4 * random.NextDouble() - 2);
  return values;
}

Arrays AttentionOf(int64_t length, int64_t head_size) {
  constexpr int64_t kHeads = 2;
  const int64_t hidden = kHeads * head_size;
  const Array qkv = SeededArray(length * 3 * hidden, 1);
  const Array given = SeededArray(length * hidden, 2);
  Array output(given.size());
  Array gradient(qkv.size());
  Array sums(static_cast<size_t>(length * kHeads));
  Array scratch;
  for (int64_t i = 0; i < kHeads; ++i) {
    const AttentionHead head{.length = length,
                             .head_size = head_size,
                             .qkv_stride = 3 * hidden,
                             .hidden = hidden,
                             .heads = kHeads,
                             .first_place = i,
                             .dropout = kDrops};
    const int64_t column = i * head_size;
    AttentionForward(head, qkv.data() + column, output.data() + column, sums.data() + i, scratch);
    AttentionBackward(head, qkv.data() + column, given.data() + column, sums.data() + i,
                      gradient.data() + column, scratch);
  }
  return {output, sums, gradient};
}

Arrays NormOf(int64_t columns) {
  constexpr int64_t kRows = 5;
  const Array weight = SeededArray(columns, 3);
  const Array bias = SeededArray(columns, 4);
  const Array residual = SeededArray(kRows * columns, 5);
  Array sum = SeededArray(kRows * columns, 6);
  Array output(sum.size());
  Array mean(kRows);
  Array scale(kRows);
  const Norm norm{columns, weight.data(), bias.data(), 1e-12, kDrops};
  AddNormForward(norm, 0, kRows, sum.data(), residual.data(), output.data(), mean.data(),
                 scale.data());
  Arrays made(4);
  made[0] = made[1] = Array(sum.size());
  made[2] = made[3] = Array(static_cast<size_t>(columns));
  AddNormBackward(norm, 0, kRows, sum.data(), mean.data(), scale.data(), residual.data(),
                  made[0].data(), made[1].data(), made[2].data(), made[3].data());
  made.insert(made.end(), {sum, output, mean, scale});
  return made;
}

Arrays RowsOf(int64_t columns) {
  constexpr int64_t kRows = 3;
  const int64_t stride = columns + 2;
  const Array factors = SeededArray(kRows * stride, 7);
  Array derivative = SeededArray(kRows * stride, 8);
  Array gelu(derivative.size());
  GeluForward(kRows, columns, stride, derivative.data(), gelu.data());
  Array product = factors;
  MultiplyRows(kRows, columns, stride, derivative.data(), product.data());
  Array dropped(static_cast<size_t>(columns));
  DropRow(kDrops, /*place=*/9, columns, factors.data(), dropped.data());
  Array sum(dropped.size());
  AddRow(columns, factors.data(), derivative.data(), sum.data());
  Array sums(dropped.size());
  SumRows(kRows, columns, stride, factors.data(), sums.data());
  return {derivative, gelu, product, dropped, sum, sums};
}

Arrays SoftmaxOf(int64_t columns) {
  Array logits = SeededArray(columns, 9);
  const SoftmaxResult result = SoftmaxCrossEntropy({.columns = columns,
                                                    .label = columns / 2,
                                                    .temperature = 0.7,
                                                    .uniform = 0.4,
                                                    .gradient_scale = 1,
                                                    .wants_gradient = true},
                                                   logits.data());
  return {logits, {static_cast<float>(result.loss), static_cast<float>(result.sampled)}};
}

Arrays AdamWOf(int64_t count) {
  const Array gradient = SeededArray(count, 10);
  Array values = SeededArray(count, 11);
  Array first = SeededArray(count, 12);
  Array second = SeededArray(count, 13);
  for (float& value : second) value = std::abs(value);
  const std::array<AdamWParameter, 1> parameters = {{{.count = count,
                                                      .values = values.data(),
                                                      .gradient = gradient.data(),
                                                      .first_moment = first.data(),
                                                      .second_moment = second.data(),
                                                      .learning_rate = 0.01,
                                                      .weight_decay = 0.1,
                                                      .steps = 3}}};
  UpdateWithAdamW(2, {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-6, .gradient_divisor = 1.5},
                  parameters);
  const std::array<ConstFloats, 1> arrays = {{{gradient.data(), count}}};
  // The root: the squares of an array are not of its elements' size.
  return {values, first, second, {static_cast<float>(std::sqrt(SumOfSquares(2, arrays)))}};
}

Arrays AllKernels() {
  Arrays all;
  const auto add = [&](const Arrays& arrays) {
    all.insert(all.end(), arrays.begin(), arrays.end());
  };
  for (const int64_t columns : {3, 7, 16, 61, 256, 259}) {
    add(NormOf(columns));
    add(RowsOf(columns));
    add(SoftmaxOf(columns));
    add(AdamWOf(columns));
  }
  for (const int64_t length : {1, 6, 19, 33}) {
    add(AttentionOf(length, 6));
    add(AttentionOf(length, 64));
  }
  return all;
}

class KernelsAgreeTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, KernelsAgreeTest, EachInstructionSet(), NameOfSet);

TEST_P(KernelsAgreeTest, WithTheBestInstructionSet) {
  const Arrays own = AllKernels();
  ASSERT_TRUE(UseInstructionSet(InstructionSets().front()));
  const Arrays best = AllKernels();
  for (size_t i = 0; i < own.size(); ++i) {
    float largest = 1;
    for (float value : best[i]) largest = std::max(largest, std::abs(value));
    for (size_t j = 0; j < own[i].size(); ++j) {
      ASSERT_NEAR(static_cast<double>(own[i][j]), static_cast<double>(best[i][j]),
                  1e-5 * static_cast<double>(largest))
          << "array " << i << ", element " << j;
    }
  }
}

// The number that the formula in core/model/cpu/dropout-inl.h gives, computed elsewhere: a run that
// another release resumes drops what it would have dropped.
TEST_P(KernelsAgreeTest, OnWhatDropoutKeeps) {
  constexpr int64_t kColumns = 1003;
  const Array ones(kColumns, 1.0f);
  Array own(kColumns);
  DropRow(kDrops, /*place=*/1234567, kColumns, ones.data(), own.data());
  ASSERT_TRUE(UseInstructionSet(InstructionSets().front()));
  Array best(kColumns);
  DropRow(kDrops, /*place=*/1234567, kColumns, ones.data(), best.data());
  EXPECT_EQ(own, best);
  const auto kept = std::count(own.begin(), own.end(), kDrops.scale());
  const auto dropped = std::count(own.begin(), own.end(), 0.0f);
  EXPECT_EQ(kept + dropped, kColumns);
  EXPECT_EQ(kept, 711);
}

}  // namespace
}  // namespace electra::cpu

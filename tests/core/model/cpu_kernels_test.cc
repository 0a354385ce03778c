// The kernels of core/model/cpu against formulas written down plainly in float64, and their
// backward passes against differences of their forward passes, with dropout, which a key repeats.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "core/batch/random.h"
#include "core/model/cpu/adamw_update.h"
#include "core/model/cpu/attention.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/masked_softmax.h"
#include "core/model/cpu/matrix_product.h"
#include "tests/core/model/instruction_sets.h"

namespace electra::cpu {
namespace {

std::vector<float> RandomFloats(int64_t count, uint64_t seed) {
  KeyedRandom random({seed});
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(2 * random.NextDouble() - 1);
  return values;
}

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

// The gradient of `f` at `x` by central differences, compared element by element.
void ExpectGradient(const std::function<double(const std::vector<float>&)>& f,
                    const std::vector<float>& x, const std::vector<float>& gradient,
                    double tolerance) {
  constexpr float kStep = 1e-2f;
  for (size_t i = 0; i < x.size(); ++i) {
    std::vector<float> up = x;
    std::vector<float> down = x;
    up[i] += kStep;
    down[i] -= kStep;
    const double difference = (f(up) - f(down)) / (2 * static_cast<double>(kStep));
    EXPECT_NEAR(static_cast<double>(gradient[i]), difference, tolerance) << "element " << i;
  }
}

// A sequence that is not a multiple of any tile, two heads.
struct AttentionCase {
  int64_t head_size;
  int64_t length = 19;
  int64_t heads = 2;
  int64_t hidden() const { return heads * head_size; }
  AttentionHead Head(int64_t head, double dropout) const {
    return {.length = length,
            .head_size = head_size,
            .qkv_stride = 3 * hidden(),
            .hidden = hidden(),
            .heads = heads,
            .first_place = head,
            .dropout = {.key = 77, .probability = dropout}};
  }
  std::vector<float> Forward(const std::vector<float>& qkv, double dropout,
                             std::vector<float>* log_sum_exp) const {
    std::vector<float> output(static_cast<size_t>(length * hidden()));
    std::vector<float> scratch;
    log_sum_exp->assign(static_cast<size_t>(length * heads), 0);
    for (int64_t head = 0; head < heads; ++head) {
      AttentionForward(Head(head, dropout), qkv.data() + head * head_size,
                       output.data() + head * head_size, log_sum_exp->data() + head, scratch);
    }
    return output;
  }
};

class AttentionTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, AttentionTest, EachInstructionSet(), NameOfSet);

// Without and with room for whole lanes.
constexpr int64_t kHeadSizes[] = {6, 16};

TEST_P(AttentionTest, IsSoftmaxOfScaledProducts) {
  for (const int64_t head_size : kHeadSizes) {
    const AttentionCase shape{.head_size = head_size};
    const std::vector<float> qkv = RandomFloats(shape.length * 3 * shape.hidden(), 1);
    std::vector<float> log_sum_exp;
    const std::vector<float> output = shape.Forward(qkv, 0, &log_sum_exp);
    const auto at = [&](int64_t token, int64_t part, int64_t head, int64_t d) {
      return static_cast<double>(qkv[static_cast<size_t>((token * 3 + part) * shape.hidden() +
                                                         head * shape.head_size + d)]);
    };
    for (int64_t head = 0; head < shape.heads; ++head) {
      for (int64_t i = 0; i < shape.length; ++i) {
        std::vector<double> weights;
        double total = 0;
        for (int64_t j = 0; j < shape.length; ++j) {
          double score = 0;
          for (int64_t d = 0; d < shape.head_size; ++d)
            score += at(i, 0, head, d) * at(j, 1, head, d);
          weights.push_back(std::exp(score / std::sqrt(static_cast<double>(shape.head_size))));
          total += weights.back();
        }
        for (int64_t d = 0; d < shape.head_size; ++d) {
          double expected = 0;
          for (int64_t j = 0; j < shape.length; ++j) {
            expected += weights[static_cast<size_t>(j)] / total * at(j, 2, head, d);
          }
          const auto place = static_cast<size_t>(i * shape.hidden() + head * shape.head_size + d);
          EXPECT_NEAR(static_cast<double>(output[place]), expected, 1e-6);
        }
      }
    }
  }
}

TEST_P(AttentionTest, GradientIsThatOfTheForwardPass) {
  for (const int64_t head_size : kHeadSizes) {
    const AttentionCase shape{.head_size = head_size};
    const std::vector<float> qkv = RandomFloats(shape.length * 3 * shape.hidden(), 2);
    const std::vector<float> output_gradient = RandomFloats(shape.length * shape.hidden(), 3);
    for (double dropout : {0.0, 0.3}) {
      std::vector<float> log_sum_exp;
      shape.Forward(qkv, dropout, &log_sum_exp);
      std::vector<float> gradient(qkv.size());
      std::vector<float> scratch;
      for (int64_t head = 0; head < shape.heads; ++head) {
        const int64_t column = head * shape.head_size;
        AttentionBackward(shape.Head(head, dropout), qkv.data() + column,
                          output_gradient.data() + column, log_sum_exp.data() + head,
                          gradient.data() + column, scratch);
      }
      std::vector<float> ignored;
      ExpectGradient(
          [&](const std::vector<float>& x) {
            return Dot(shape.Forward(x, dropout, &ignored), output_gradient);
          },
          qkv, gradient, 2e-4);
    }
  }
}

class AdamWTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, AdamWTest, EachInstructionSet(), NameOfSet);

// Two parameters, one of more than a chunk, treated unlike each other, against the formulas of the
// paper in float64.
TEST_P(AdamWTest, IsTheUpdateOfThePaper) {
  const AdamWSettings settings{
      .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-6, .gradient_divisor = 2.5};
  const std::vector<float> values = RandomFloats(20011, 21);
  const std::vector<float> gradient = RandomFloats(20011, 22);
  const std::vector<float> first = RandomFloats(20011, 23);
  std::vector<float> second = RandomFloats(20011, 24);
  for (float& value : second) value = std::fabs(value);
  std::vector<float> new_values = values;
  std::vector<float> new_first = first;
  std::vector<float> new_second = second;
  const auto parameter = [&](int64_t begin, int64_t end, double learning_rate, double weight_decay,
                             int64_t steps) {
    return AdamWParameter{.count = end - begin,
                          .values = new_values.data() + begin,
                          .gradient = gradient.data() + begin,
                          .first_moment = new_first.data() + begin,
                          .second_moment = new_second.data() + begin,
                          .learning_rate = learning_rate,
                          .weight_decay = weight_decay,
                          .steps = steps};
  };
  constexpr int64_t kBorder = 11;
  const std::array<AdamWParameter, 2> parameters = {parameter(0, kBorder, 0.01, 0, 1),
                                                    parameter(kBorder, 20011, 0.003, 0.2, 7)};
  UpdateWithAdamW(2, settings, parameters);
  for (size_t i = 0; i < values.size(); ++i) {
    const AdamWParameter& own = parameters[i < kBorder ? 0 : 1];
    const auto steps = static_cast<double>(own.steps);
    const double g = static_cast<double>(gradient[i]) / settings.gradient_divisor;
    const double m = settings.beta1 * static_cast<double>(first[i]) + (1 - settings.beta1) * g;
    const double v = settings.beta2 * static_cast<double>(second[i]) + (1 - settings.beta2) * g * g;
    const double direction =
        m / (1 - std::pow(settings.beta1, steps)) /
        (std::sqrt(v / (1 - std::pow(settings.beta2, steps))) + settings.epsilon);
    const double kept = 1 - own.learning_rate * own.weight_decay;
    EXPECT_NEAR(static_cast<double>(new_first[i]), m, 1e-6) << i;
    EXPECT_NEAR(static_cast<double>(new_second[i]), v, 1e-6) << i;
    EXPECT_NEAR(static_cast<double>(new_values[i]),
                kept * static_cast<double>(values[i]) - own.learning_rate * direction, 1e-6)
        << i;
  }
}

TEST_P(AdamWTest, SumOfSquaresIsTheSameOnAnyNumberOfThreads) {
  const std::vector<float> values = RandomFloats(50021, 25);
  const std::array<ConstFloats, 2> arrays = {ConstFloats{values.data(), 33},
                                             ConstFloats{values.data() + 33, 50021 - 33}};
  const double sum = SumOfSquares(1, arrays);
  EXPECT_NEAR(sum, Dot(values, values), 1e-6 * sum);
  for (int threads : {2, 3, 5}) EXPECT_EQ(SumOfSquares(threads, arrays), sum) << threads;
}

class GeluTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, GeluTest, EachInstructionSet(), NameOfSet);

TEST_P(GeluTest, ValueAndDerivative) {
  std::vector<float> x;
  for (int i = -800; i <= 800; ++i) x.push_back(static_cast<float>(i) / 100);
  std::vector<float> derivative = x;
  std::vector<float> output(x.size());
  const auto count = static_cast<int64_t>(x.size());
  GeluForward(/*rows=*/1, count, /*stride=*/count, derivative.data(), output.data());
  for (size_t i = 0; i < x.size(); ++i) {
    const auto value = static_cast<double>(x[i]);
    const double cumulative = 0.5 * std::erfc(-value / std::sqrt(2.0));
    const double density = std::exp(-0.5 * value * value) / std::sqrt(2 * M_PI);
    EXPECT_NEAR(static_cast<double>(output[i]), value * cumulative, 1e-6) << value;
    EXPECT_NEAR(static_cast<double>(derivative[i]), cumulative + value * density, 1e-6) << value;
  }
}

class AddNormTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, AddNormTest, EachInstructionSet(), NameOfSet);

TEST_P(AddNormTest, GradientIsThatOfTheForwardPass) {
  constexpr int64_t kRows = 3;
  constexpr int64_t kColumns = 21;
  const std::vector<float> input = RandomFloats(kRows * kColumns, 4);
  const std::vector<float> residual = RandomFloats(kRows * kColumns, 5);
  const std::vector<float> weight = RandomFloats(kColumns, 6);
  const std::vector<float> bias = RandomFloats(kColumns, 7);
  const std::vector<float> output_gradient = RandomFloats(kRows * kColumns, 8);
  std::vector<float> sum;
  std::vector<float> mean(kRows);
  std::vector<float> scale(kRows);
  const auto forward = [&](const std::vector<float>& x, const std::vector<float>& r,
                           const std::vector<float>& w, const std::vector<float>& b) {
    sum = x;
    std::vector<float> output(x.size());
    AddNormForward({kColumns, w.data(), b.data(), 1e-12, {.key = 5, .probability = 0.25}}, 0, kRows,
                   sum.data(), r.data(), output.data(), mean.data(), scale.data());
    return Dot(output, output_gradient);
  };
  forward(input, residual, weight, bias);
  std::vector<float> residual_gradient(input.size());
  std::vector<float> input_gradient(input.size());
  std::vector<float> weight_gradient(kColumns);
  std::vector<float> bias_gradient(kColumns);
  AddNormBackward({kColumns, weight.data(), bias.data(), 1e-12, {.key = 5, .probability = 0.25}}, 0,
                  kRows, sum.data(), mean.data(), scale.data(), output_gradient.data(),
                  residual_gradient.data(), input_gradient.data(), weight_gradient.data(),
                  bias_gradient.data());
  using Floats = std::vector<float>;
  constexpr double kTolerance = 2e-3;
  ExpectGradient([&](const Floats& x) { return forward(x, residual, weight, bias); }, input,
                 input_gradient, kTolerance);
  ExpectGradient([&](const Floats& x) { return forward(input, x, weight, bias); }, residual,
                 residual_gradient, kTolerance);
  ExpectGradient([&](const Floats& x) { return forward(input, residual, x, bias); }, weight,
                 weight_gradient, kTolerance);
  ExpectGradient([&](const Floats& x) { return forward(input, residual, weight, x); }, bias,
                 bias_gradient, kTolerance);
}

class DropoutTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, DropoutTest, EachInstructionSet(), NameOfSet);

// The share kept of 100,000 elements, and that neighbours and rows are independent.
TEST_P(DropoutTest, KeepsTheShareItShould) {
  constexpr int64_t kRows = 400;
  constexpr int64_t kColumns = 250;
  const std::vector<float> zeros(kRows * kColumns);
  const std::vector<float> ones(kColumns, 1.0f);
  std::vector<float> sum(kRows * kColumns, 1.0f);
  std::vector<float> output(sum.size());
  std::vector<float> statistics(kRows);
  AddNormForward({kColumns, ones.data(), ones.data(), 1e-12, {.key = 9, .probability = 0.1}}, 0,
                 kRows, sum.data(), zeros.data(), output.data(), statistics.data(),
                 statistics.data());
  int64_t dropped = 0;
  int64_t beside = 0;
  int64_t below = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    if (sum[i] != 0) {
      EXPECT_FLOAT_EQ(sum[i], 1.0f / 0.9f);
      continue;
    }
    ++dropped;
    beside += i + 1 < sum.size() && sum[i + 1] == 0 ? 1 : 0;
    below += i + kColumns < sum.size() && sum[i + kColumns] == 0 ? 1 : 0;
  }
  // Five standard deviations.
  EXPECT_NEAR(static_cast<double>(dropped), 10000, 475);
  EXPECT_NEAR(static_cast<double>(beside), 1000, 160);
  EXPECT_NEAR(static_cast<double>(below), 1000, 160);
}

class SoftmaxTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, SoftmaxTest, EachInstructionSet(), NameOfSet);

TEST_P(SoftmaxTest, LossGradientAndSample) {
  constexpr int64_t kColumns = 1003;
  constexpr int64_t kLabel = 700;
  const std::vector<float> logits = RandomFloats(kColumns, 10);
  double total = 0;
  for (float logit : logits) total += std::exp(static_cast<double>(logit));
  std::vector<float> values = logits;
  const SoftmaxResult result = SoftmaxCrossEntropy({.columns = kColumns,
                                                    .label = kLabel,
                                                    .temperature = 1,
                                                    .uniform = 0.5,
                                                    .gradient_scale = 2,
                                                    .wants_gradient = true},
                                                   values.data());
  EXPECT_NEAR(result.loss, std::log(total) - static_cast<double>(logits[kLabel]), 1e-5);
  EXPECT_FALSE(result.correct);
  double before = 0;  // the share of the columns before the sample
  for (int64_t i = 0; i < kColumns; ++i) {
    const auto place = static_cast<size_t>(i);
    const double share = std::exp(static_cast<double>(logits[place])) / total;
    EXPECT_NEAR(static_cast<double>(values[place]), 2 * (share - (i == kLabel ? 1 : 0)), 1e-6);
    if (i < result.sampled) before += share;
    if (i == result.sampled) {
      EXPECT_LE(before, 0.5 + 1e-5);
      EXPECT_GE(before + share, 0.5 - 1e-5);
    }
  }
}

TEST_P(SoftmaxTest, SamplesFollowTheTemperature) {
  const std::vector<float> logits = {0, 1, 2, -1};
  for (double temperature : {0.5, 1.0, 2.0}) {
    std::vector<double> counts(4);
    constexpr int kDraws = 4000;
    for (int i = 0; i < kDraws; ++i) {
      std::vector<float> values = logits;
      const SoftmaxResult result = SoftmaxCrossEntropy({.columns = 4,
                                                        .label = 2,
                                                        .temperature = temperature,
                                                        .uniform = (i + 0.5) / kDraws,
                                                        .gradient_scale = 1,
                                                        .wants_gradient = false},
                                                       values.data());
      EXPECT_TRUE(result.correct);
      counts[static_cast<size_t>(result.sampled)] += 1.0 / kDraws;
    }
    double total = 0;
    for (float logit : logits) total += std::exp(static_cast<double>(logit) / temperature);
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(counts[i], std::exp(static_cast<double>(logits[i]) / temperature) / total, 1e-3);
    }
  }
}

// One product of each of the three that a linear map and its backward pass need: a times b, with a
// or b transposed in memory or not.
struct ProductCase {
  int64_t rows;
  int64_t columns;
  int64_t depth;
  bool a_transposed;
  bool b_transposed;

  std::vector<float> A() const { return RandomFloats(rows * depth, 1); }
  std::vector<float> B() const { return RandomFloats(depth * columns, 2); }
  MatrixView ViewOfA(const std::vector<float>& a) const {
    return {.data = a.data(),
            .row_stride = a_transposed ? 1 : depth,
            .column_stride = a_transposed ? rows : 1};
  }
  MatrixView ViewOfB(const std::vector<float>& b) const {
    return {.data = b.data(),
            .row_stride = b_transposed ? 1 : columns,
            .column_stride = b_transposed ? depth : 1};
  }
  MatrixProduct Product(const std::vector<float>& a, const std::vector<float>& b,
                        std::vector<float>& result) const {
    return {.rows = rows,
            .columns = columns,
            .depth = depth,
            .a = ViewOfA(a),
            .b = ViewOfB(b),
            .result = result.data(),
            .result_stride = columns};
  }
};

void RunOne(const MatrixProduct& product, int threads) {
  Team::Run(threads, [&](Team& team) { RunMatrixProducts(team, std::span(&product, 1)); });
}

double Element(const MatrixView& matrix, int64_t row, int64_t column) {
  return static_cast<double>(matrix.data[row * matrix.row_stride + column * matrix.column_stride]);
}

// Sizes around the kernel's tiles (6 or 14 rows, 8, 16 or 32 columns), steps (512 deep) and pieces (4,096 deep).
std::vector<ProductCase> ProductCases() {
  std::vector<ProductCase> cases;
  for (const bool a_transposed : {false, true}) {
    for (const bool b_transposed : {false, true}) {
      for (const auto& [rows, columns, depth] : {std::array<int64_t, 3>{1, 1, 1},
                                                 {14, 32, 16},
                                                 {15, 33, 17},
                                                 {3, 47, 513},
                                                 {29, 16, 1040},
                                                 {337, 5, 31},
                                                 {2, 33, 4100},
                                                 {700, 65, 8}}) {
        cases.push_back({rows, columns, depth, a_transposed, b_transposed});
      }
    }
  }
  return cases;
}

class MatrixProductTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, MatrixProductTest, EachInstructionSet(), NameOfSet);

TEST_P(MatrixProductTest, IsTheSumOfProductsAndBias) {
  for (const ProductCase& shape : ProductCases()) {
    const std::vector<float> a = shape.A();
    const std::vector<float> b = shape.B();
    const std::vector<float> bias = RandomFloats(shape.columns, 3);
    constexpr float kUntouched = 7;
    const int64_t stride = shape.columns + 2;
    for (const bool adds : {false, true}) {
      std::vector<float> result(static_cast<size_t>(shape.rows * stride), kUntouched);
      RunOne({.rows = shape.rows,
              .columns = shape.columns,
              .depth = shape.depth,
              .a = shape.ViewOfA(a),
              .b = shape.ViewOfB(b),
              .bias = bias.data(),
              .result = result.data(),
              .result_stride = stride,
              .adds = adds},
             /*threads=*/1);
      for (int64_t i = 0; i < shape.rows; ++i) {
        for (int64_t j = 0; j < stride; ++j) {
          double expected = kUntouched;
          if (j < shape.columns) {
            if (!adds) expected = static_cast<double>(bias[static_cast<size_t>(j)]);
            for (int64_t k = 0; k < shape.depth; ++k) {
              expected += Element(shape.ViewOfA(a), i, k) * Element(shape.ViewOfB(b), k, j);
            }
          }
          ASSERT_NEAR(static_cast<double>(result[static_cast<size_t>(i * stride + j)]), expected,
                      1e-4 + 1e-7 * static_cast<double>(shape.depth))
              << shape.rows << " x " << shape.columns << " x " << shape.depth << " at " << i << ", "
              << j;
        }
      }
    }
  }
}

TEST_P(MatrixProductTest, ThreadsDoNotChangeABit) {
  for (const ProductCase& shape : ProductCases()) {
    const std::vector<float> a = shape.A();
    const std::vector<float> b = shape.B();
    std::vector<float> one(static_cast<size_t>(shape.rows * shape.columns));
    MatrixProduct product = shape.Product(a, b, one);
    RunOne(product, /*threads=*/1);
    for (const int threads : {2, 3, 7}) {
      std::vector<float> several(one.size());
      product.result = several.data();
      RunOne(product, threads);
      EXPECT_EQ(several, one) << shape.rows << " x " << shape.columns << " x " << shape.depth
                              << " on " << threads << " threads";
    }
  }
}

// Together they are larger than a team packs at once.
TEST_P(MatrixProductTest, ProductsOfACallDoNotDisturbEachOther) {
  const std::vector<ProductCase> cases = {{1500, 70, 900, false, true},
                                          {33, 40, 5000, true, false},
                                          {0, 40, 20, false, false},
                                          {900, 33, 1500, true, false},
                                          {20, 900, 30, false, false}};
  std::vector<std::vector<float>> operands, alone, together;
  std::vector<MatrixProduct> products;
  for (const ProductCase& shape : cases) {
    operands.push_back(shape.A());
    operands.push_back(shape.B());
    alone.emplace_back(static_cast<size_t>(shape.rows * shape.columns));
    together.push_back(alone.back());
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    const MatrixProduct product = cases[i].Product(operands[2 * i], operands[2 * i + 1], alone[i]);
    RunOne(product, /*threads=*/1);
    products.push_back(product);
    products.back().result = together[i].data();
  }
  Team::Run(2, [&](Team& team) { RunMatrixProducts(team, products); });
  EXPECT_EQ(together, alone);
}

TEST_P(MatrixProductTest, FinishesEachElementOnceWithItsValue) {
  for (const ProductCase& shape : ProductCases()) {
    const std::vector<float> a = shape.A();
    const std::vector<float> b = shape.B();
    std::vector<float> expected(static_cast<size_t>(shape.rows * shape.columns));
    RunOne(shape.Product(a, b, expected), /*threads=*/1);
    std::vector<float> result(expected.size());
    std::vector<float> finished(expected.size());
    MatrixProduct product = shape.Product(a, b, result);
    product.finish = [&](const Tile& tile) {
      for (int64_t row = tile.row; row < tile.row + tile.rows; ++row) {
        for (int64_t column = tile.column; column < tile.column + tile.columns; ++column) {
          const auto place = static_cast<size_t>(row * shape.columns + column);
          finished[place] += result[place];
        }
      }
    };
    RunOne(product, /*threads=*/2);
    EXPECT_EQ(finished, expected) << shape.rows << " x " << shape.columns << " x " << shape.depth;
  }
}

TEST_P(MatrixProductTest, SumsTheRowsOfAColumnMajorOperand) {
  for (const ProductCase& shape : ProductCases()) {
    if (!shape.a_transposed) continue;
    const std::vector<float> a = shape.A();
    const std::vector<float> b = shape.B();
    std::vector<float> result(static_cast<size_t>(shape.rows * shape.columns));
    std::vector<float> sums(static_cast<size_t>(shape.rows), 7.0f);
    MatrixProduct product = shape.Product(a, b, result);
    product.row_sums = sums.data();
    RunOne(product, /*threads=*/2);
    for (int64_t i = 0; i < shape.rows; ++i) {
      double expected = 0;
      for (int64_t k = 0; k < shape.depth; ++k) expected += Element(product.a, i, k);
      EXPECT_NEAR(static_cast<double>(sums[static_cast<size_t>(i)]), expected,
                  1e-4 + 1e-7 * static_cast<double>(shape.depth));
    }
  }
}

class SumRowsTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, SumRowsTest, EachInstructionSet(), NameOfSet);

TEST_P(SumRowsTest, SumsColumns) {
  for (const int64_t columns : {1, 64, 130}) {
    const int64_t rows = 19;
    const int64_t stride = columns + 3;
    const std::vector<float> values = RandomFloats(rows * stride, 4);
    std::vector<float> sums(static_cast<size_t>(columns));
    SumRows(rows, columns, stride, values.data(), sums.data());
    for (int64_t j = 0; j < columns; ++j) {
      double expected = 0;
      for (int64_t i = 0; i < rows; ++i) {
        expected += static_cast<double>(values[static_cast<size_t>(i * stride + j)]);
      }
      EXPECT_NEAR(static_cast<double>(sums[static_cast<size_t>(j)]), expected, 1e-5);
    }
  }
}

}  // namespace
}  // namespace electra::cpu

// The encoder layer that threads go through together. That it is ELECTRA's layer is shown against
// transformers (tests/core/model/compare_networks.py), without dropout; here, that its backward
// pass is the gradient of its forward pass with dropout too, and that threads change nothing.
#include "core/model/cpu/encoder_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/batch/random.h"
#include "tests/core/model/instruction_sets.h"

namespace electra::cpu {
namespace {

using Floats = std::vector<float>;

Floats RandomFloats(int64_t count, uint64_t seed, float scale) {
  KeyedRandom random({seed});
  Floats values(static_cast<size_t>(count));
  for (float& value : values) value = scale * static_cast<float>(2 * random.NextDouble() - 1);
  return values;
}

// Three sequences, one of a single token; sizes that are not multiples of tiles.
class Layer {
 public:
  explicit Layer(double dropout)
      : dropout_{.attention = {.key = 11, .probability = dropout},
                 .attention_output = {.key = 12, .probability = dropout},
                 .output = {.key = 13, .probability = dropout}} {
    uint64_t seed = 0;
    for (const int64_t size : Sizes()) {
      parameters_.push_back(RandomFloats(size, ++seed, 0.4f));
      gradients_.emplace_back(static_cast<size_t>(size));
    }
    for (const size_t norm : {4u, 10u}) {
      for (float& weight : parameters_[norm]) weight += 1;
    }
  }

  // In the order of EncoderLayerParametersOf.
  static std::vector<int64_t> Sizes() {
    return {3 * kHidden * kHidden, 3 * kHidden, kHidden * kHidden, kHidden, kHidden, kHidden,
            kInner * kHidden,      kInner,      kHidden * kInner,  kHidden, kHidden, kHidden};
  }

  Floats Forward(const Floats& input, int threads) {
    Floats output(input.size());
    const EncoderLayerParameters parameters = Pointers<const float>(parameters_);
    Team::Run(threads, [&](Team& team) {
      EncoderLayerForward(Shape(), dropout_, parameters, Activations(input), output.data(), team);
    });
    return output;
  }

  // After a forward pass of the same input. Parameters' gradients are then in gradients().
  Floats Backward(const Floats& input, const Floats& output_gradient, int threads) {
    Floats gradient(input.size());
    const EncoderLayerGradients gradients =
        wants_parameters_ ? Pointers<float>(gradients_) : EncoderLayerGradients{};
    Floats rows(4 * input.size());
    Floats inner(kTokens * (48 + 16));
    Floats query_key_value(kTokens * 3 * kHidden);
    Floats norms(static_cast<size_t>(2 * NormBlocks(kTokens) * 2 * kHidden));
    const size_t size = input.size();
    const EncoderLayerScratch scratch{.gradient = rows.data(),
                                      .middle_gradient = rows.data() + size,
                                      .attended_gradient = rows.data() + 2 * size,
                                      .attention_gradient = rows.data() + 3 * size,
                                      .inner_gradient = inner.data(),
                                      .query_key_value = query_key_value.data(),
                                      .norm_gradients = norms.data()};
    Team::Run(threads, [&](Team& team) {
      EncoderLayerBackward(Shape(), dropout_, Pointers<const float>(parameters_),
                           Activations(input), output_gradient.data(), scratch, gradients,
                           gradient.data(), team);
    });
    return gradient;
  }

  void WantNoParameters() { wants_parameters_ = false; }
  std::vector<Floats>& parameters() { return parameters_; }
  const std::vector<Floats>& gradients() const { return gradients_; }

  static constexpr int64_t kHidden = 12;
  static constexpr int64_t kInner = 37;
  static constexpr int64_t kHeads = 2;
  static constexpr int64_t kTokens = 41;

 private:
  static EncoderLayerShape Shape() {
    static const std::vector<int64_t> kOffsets = {0, 19, 20, kTokens};
    return {.offsets = kOffsets,
            .hidden = kHidden,
            .heads = kHeads,
            .intermediate = kInner,
            .attention_norm_eps = 1e-12,
            .output_norm_eps = 1e-12};
  }

  template <typename Float, typename Tensors>
  static EncoderLayerParametersOf<Float> Pointers(Tensors& tensors) {
    const auto at = [&](size_t i) -> Float* { return tensors[i].data(); };
    return {.query_key_value = {at(0), at(1)},
            .attention_output = {at(2), at(3)},
            .attention_norm = {at(4), at(5)},
            .intermediate = {at(6), at(7)},
            .output = {at(8), at(9)},
            .output_norm = {at(10), at(11)}};
  }

  EncoderLayerActivations Activations(const Floats& input) {
    return {.input = input.data(),
            .query_key_value = query_key_value_.data(),
            .log_sum_exp = log_sum_exp_.data(),
            .attended = attended_.data(),
            .attention_sum = attention_sum_.data(),
            .attention_statistics = attention_statistics_.data(),
            .middle = middle_.data(),
            .derivative = derivative_.data(),
            .inner = inner_.data(),
            .output_sum = output_sum_.data(),
            .output_statistics = output_statistics_.data()};
  }

  EncoderLayerDropout dropout_;
  bool wants_parameters_ = true;
  std::vector<Floats> parameters_;
  std::vector<Floats> gradients_;
  Floats query_key_value_ = Floats(kTokens * 3 * kHidden);
  Floats log_sum_exp_ = Floats(kTokens * kHeads);
  Floats attended_ = Floats(kTokens * kHidden);
  Floats attention_sum_ = Floats(kTokens * kHidden);
  Floats attention_statistics_ = Floats(2 * kTokens);
  Floats middle_ = Floats(kTokens * kHidden);
  Floats derivative_ = Floats(kTokens * (48 + 16));
  Floats inner_ = Floats(kTokens * (48 + 16));
  Floats output_sum_ = Floats(kTokens * kHidden);
  Floats output_statistics_ = Floats(2 * kTokens);
};

double Dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

// The gradient of `loss` by elements of `values`, every `stride`-th, by central differences.
template <typename Loss>
void ExpectGradient(Floats& values, const Floats& gradient, size_t stride, const std::string& name,
                    const Loss& loss) {
  constexpr float kStep = 2e-3f;
  for (size_t i = 0; i < values.size(); i += stride) {
    const float before = values[i];
    values[i] = before + kStep;
    const double above = loss();
    values[i] = before - kStep;
    const double below = loss();
    values[i] = before;
    const double difference = (above - below) / (2 * static_cast<double>(kStep));
    EXPECT_NEAR(static_cast<double>(gradient[i]), difference, 0.02 + 0.02 * std::abs(difference))
        << name << ", element " << i;
  }
}

class EncoderLayerTest : public InstructionSetTest {};
INSTANTIATE_TEST_SUITE_P(EachSet, EncoderLayerTest, EachInstructionSet(), NameOfSet);

TEST_P(EncoderLayerTest, BackwardIsTheGradientOfForward) {
  for (const double dropout : {0.0, 0.2}) {
    Layer layer(dropout);
    Floats input = RandomFloats(Layer::kTokens * Layer::kHidden, 101, 1.0f);
    const Floats output_gradient = RandomFloats(Layer::kTokens * Layer::kHidden, 102, 1.0f);
    const auto loss = [&] { return Dot(layer.Forward(input, 1), output_gradient); };
    loss();
    const Floats gradient = layer.Backward(input, output_gradient, 1);
    const std::vector<Floats> gradients = layer.gradients();
    ExpectGradient(input, gradient, 7, "input", loss);
    for (size_t i = 0; i < gradients.size(); ++i) {
      ExpectGradient(layer.parameters()[i], gradients[i], 5, "parameter " + std::to_string(i),
                     loss);
    }
  }
}

TEST_P(EncoderLayerTest, ThreadsDoNotChangeABit) {
  const Floats input = RandomFloats(Layer::kTokens * Layer::kHidden, 101, 1.0f);
  const Floats output_gradient = RandomFloats(Layer::kTokens * Layer::kHidden, 102, 1.0f);
  Layer one(0.1);
  const Floats output = one.Forward(input, 1);
  const Floats gradient = one.Backward(input, output_gradient, 1);
  for (const int threads : {2, 5}) {
    Layer several(0.1);
    EXPECT_EQ(several.Forward(input, threads), output);
    EXPECT_EQ(several.Backward(input, output_gradient, threads), gradient);
    EXPECT_EQ(several.gradients(), one.gradients());
  }
}

TEST_P(EncoderLayerTest, UnwantedGradientsAreNotWritten) {
  const Floats input = RandomFloats(Layer::kTokens * Layer::kHidden, 101, 1.0f);
  Layer all(0.1);
  all.Forward(input, 1);
  const Floats gradient = all.Backward(input, input, 1);
  Layer none(0.1);
  none.Forward(input, 1);
  none.WantNoParameters();
  EXPECT_EQ(none.Backward(input, input, 2), gradient);
}

// Sums are made in another order, and rounded differently.
TEST_P(EncoderLayerTest, AgreesWithTheBestInstructionSet) {
  const Floats input = RandomFloats(Layer::kTokens * Layer::kHidden, 101, 1.0f);
  const auto run = [&] {
    Layer layer(0.1);
    std::vector<Floats> results = {layer.Forward(input, 2), layer.Backward(input, input, 2)};
    for (const Floats& gradient : layer.gradients()) results.push_back(gradient);
    return results;
  };
  const std::vector<Floats> own = run();
  ASSERT_TRUE(UseInstructionSet(InstructionSets().front()));
  const std::vector<Floats> best = run();
  for (size_t i = 0; i < own.size(); ++i) {
    float largest = 1;
    for (float value : best[i]) largest = std::max(largest, std::abs(value));
    for (size_t j = 0; j < own[i].size(); ++j) {
      ASSERT_NEAR(static_cast<double>(own[i][j]), static_cast<double>(best[i][j]),
                  1e-5 * static_cast<double>(largest))
          << i << ", " << j;
    }
  }
}

}  // namespace
}  // namespace electra::cpu

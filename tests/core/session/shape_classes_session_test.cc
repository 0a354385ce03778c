// Padded batches through libtorch's operations, as a card runs them.
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/batch/shape_classes.h"
#include "core/selftest/synthetic.h"
#include "core/session/device.h"
#include "core/session/session.h"

namespace electra {
namespace {

SessionOptions ByLibtorch() {
  SetThreadCount(1);
  SessionOptions options =
      selftest::OptionsOf(selftest::SmallModel(8, 100), "cpu", selftest::Precision::kFloat32);
  options.processor_arithmetic = ProcessorArithmetic::kLibtorchFloat64;
  options.hyperparameters.hidden_dropout_prob = 0;
  options.hyperparameters.attention_probs_dropout_prob = 0;
  options.hyperparameters.temperature = 1e-6;  // the likeliest token, whatever is drawn
  return options;
}

SessionOptions InClasses(SessionOptions options) {
  options.uses_shape_classes = true;
  return options;
}

std::vector<PackedBatch> TwoBatches() {
  const selftest::Text text = selftest::MakeText(std::vector<int64_t>{60, 41, 33, 9, 64, 2}, 100);
  return {selftest::BatchOf(text, 0, 4), selftest::BatchOf(text, 4, 2)};
}

void ExpectSums(const TokenSums& a, const TokenSums& b) {
  EXPECT_NEAR(a.generator_loss, b.generator_loss, 1e-9 * b.generator_loss);
  // Its logits are float32.
  EXPECT_NEAR(a.discriminator_loss, b.discriminator_loss, 1e-6 * b.discriminator_loss);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.masked, b.masked);
  EXPECT_EQ(a.generator_correct, b.generator_correct);
  EXPECT_EQ(a.discriminator_correct, b.discriminator_correct);
  EXPECT_EQ(a.fakes, b.fakes);
  EXPECT_EQ(a.suspected, b.suspected);
  EXPECT_EQ(a.caught, b.caught);
}

StepResult StepOver(TrainingSession& session, int64_t step, std::span<const PackedBatch> batches) {
  session.Step(
      {.step = step, .learning_rate = 1e-3, .micro_batches = batches, .observed_sequence = 1});
  return session.TakeResults().back();
}

TEST(ShapeClassesSessionTest, LossesSamplesAndGradientsAreThoseWithoutPadding) {
  const std::vector<PackedBatch> batches = TwoBatches();
  TrainingSession plain(ByLibtorch());
  TrainingSession padded(InClasses(ByLibtorch()));
  for (int64_t step = 1; step <= 5; ++step) {
    const StepResult a = StepOver(padded, step, batches);
    const StepResult b = StepOver(plain, step, batches);
    ExpectSums(a.sums, b.sums);
    EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-6 * b.gradient_norm);
    const auto of_padded = padded.TakePrediction();
    const auto of_plain = plain.TakePrediction();
    ASSERT_TRUE(of_padded && of_plain);
    EXPECT_EQ(of_padded->fake_ids, of_plain->fake_ids);
  }
  const SessionState a = padded.CopyState();
  const SessionState b = plain.CopyState();
  const std::vector<const NamedArray*> left = selftest::ArraysOf(a);
  const std::vector<const NamedArray*> right = selftest::ArraysOf(b);
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    ASSERT_EQ(left[i]->values.size(), right[i]->values.size());
    double largest = 0;
    double difference = 0;
    for (size_t j = 0; j < left[i]->values.size(); ++j) {
      const double value = right[i]->values[j];
      largest = std::max(largest, std::abs(value));
      difference = std::max(difference, std::abs(left[i]->values[j] - value));
    }
    EXPECT_LE(difference, 1e-6 * largest + 1e-12) << left[i]->name;
  }
}

TEST(ShapeClassesSessionTest, EvaluationsAndPredictionsAreThoseWithoutPadding) {
  TrainingSession plain(ByLibtorch());
  TrainingSession padded(InClasses(ByLibtorch()));
  for (const PackedBatch& batch : TwoBatches()) {
    ExpectSums(padded.Evaluate(batch, 3), plain.Evaluate(batch, 3));
    const std::vector<PredictionResult> a = padded.Predict(batch);
    const std::vector<PredictionResult> b = plain.Predict(batch);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].prediction.fake_ids, b[i].prediction.fake_ids);
      EXPECT_NEAR(a[i].generator_loss, b[i].generator_loss, 1e-6);
      EXPECT_NEAR(a[i].discriminator_loss, b[i].discriminator_loss, 1e-5);
    }
  }
}

// The rows of every product with a weight, forward: tokens, or masked tokens.
std::vector<int64_t>& ProductRows() {
  static std::vector<int64_t> rows;
  return rows;
}

std::unique_ptr<at::ObserverContext> NoteProduct(const at::RecordFunction& function) {
  if (std::string(function.name()) == "aten::addmm") {
    ProductRows().push_back(function.inputs().at(1).toTensor().size(0));
  }
  return nullptr;
}

TEST(ShapeClassesSessionTest, EveryProductHasAShapeOfItsClass) {
  for (const bool in_classes : {false, true}) {
    TrainingSession session(in_classes ? InClasses(ByLibtorch()) : ByLibtorch());
    ProductRows().clear();
    const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(&NoteProduct)
                                                       .needsInputs(true)
                                                       .scopes({at::RecordScope::FUNCTION}));
    StepOver(session, 1, TwoBatches());
    at::removeCallback(handle);
    EXPECT_GE(ProductRows().size(), 20U);
    const auto is_of_class = [](int64_t rows) {
      return rows == kTokenClass || rows == kMaskedClass;
    };
    EXPECT_EQ(std::ranges::all_of(ProductRows(), is_of_class), in_classes);
  }
}

}  // namespace
}  // namespace electra

#include "core/selftest/selftest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "core/selftest/groups.h"
#include "core/selftest/synthetic.h"
#include "core/session/device.h"

namespace electra::selftest {
namespace {

using ::testing::HasSubstr;

TEST(SelftestTest, ADeviceThatIsNotThereHasAStatusOfItsOwn) {
  std::ostringstream out;
  EXPECT_EQ(selftest::Run({.device = "cuda:99", .format = Format::kJson}, out), kNoDevice);
  EXPECT_THAT(out.str(), HasSubstr("\"verdict\": \"not here\""));
  EXPECT_THAT(out.str(), HasSubstr("device cuda:99 is not there"));
}

// What a fault in the engine would look like: a weight that differs in its last bit.
TEST(SelftestTest, OneBitOfOneNumberIsADifference) {
  SetThreadCount(1);  // the models are too small for more to help
  const std::vector<PackedBatch> batches = {BatchOf(MakeText(std::vector<int64_t>{16, 9}, 100))};
  TrainingSession session(OptionsOf(SmallModel(8, 100), "cpu", Precision::kFloat32));
  Train(session, batches, 1, 2);
  const SessionState state = session.CopyState();
  EXPECT_EQ(DifferentNumbers(state, state), 0);
  SessionState other = state;
  float& number = other.second_moments.front().values.front();
  number = std::nextafter(number, 1.0F);
  EXPECT_EQ(DifferentNumbers(state, other), 1);
  other = state;
  other.loss_scale = LossScaleState{.factor = 1024, .good_steps = 0};
  EXPECT_EQ(DifferentNumbers(state, other), 1);
}

// A weight that came over to the card wrong is one that a user's answers would show.
TEST(SelftestTest, InferenceWithAnotherWeightDisagrees) {
  SetThreadCount(1);
  const ModelConfig model = SmallModel(8, 100);
  const PackedBatch batch = BatchOf(MakeText(std::vector<int64_t>{16, 9, 5}, 100));
  SessionOptions options = OptionsOf(model, "cpu", Precision::kFloat32);
  SessionState weights = TrainingSession(options).CopyWeights();
  options.processor_arithmetic = ProcessorArithmetic::kLibtorchFloat64;
  TrainingSession reference(options);
  reference.RestoreState(weights);
  const Result same = CompareInference(model, weights, "cpu", reference, batch);
  EXPECT_EQ(same.verdict, Verdict::kPass) << same.measured;
  for (NamedArray& array : weights.discriminator) {
    if (array.name == "electra.encoder.layer.1.output.dense.bias") array.values.front() += 1e-3F;
  }
  const Result other = CompareInference(model, weights, "cpu", reference, batch);
  EXPECT_EQ(other.verdict, Verdict::kFail) << other.measured;
}

TEST(SelftestTest, NoTwoChecksHaveTheSameName) {
  for (const char* device : {"cpu", "cuda:0"}) {
    std::set<std::string> names;
    for (const Check& check : AllChecks({.device = device})) {
      EXPECT_TRUE(names.insert(check.name).second) << check.name;
    }
    EXPECT_GT(names.size(), 20U);
  }
}

TEST(SelftestTest, TheTextCanBeLearned) {
  SetThreadCount(1);
  const std::vector<PackedBatch> batches = {BatchOf(MakeText(std::vector<int64_t>(16, 24), 100))};
  TrainingSession session(OptionsOf(SmallModel(16, 100), "cpu", Precision::kFloat32));
  const std::vector<StepResult> results = Train(session, batches, 1, 60, 2e-3);
  EXPECT_LT(LossOf(results.back()), 0.9 * LossOf(results.front()));
}

}  // namespace
}  // namespace electra::selftest

#include "core/ranks/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/settings/hyperparameter_table.h"
#include "core/shape/presets.h"

namespace electra {
namespace {

using ::testing::HasSubstr;

ModelConfig Tiny() {
  ModelConfig model = FindModelPreset("tiny")->config;
  model.generator.vocab_size = model.discriminator.vocab_size = 100;
  return model;
}

// Two sequences of four and three tokens, which follow others in their batch.
StepMessage Step() {
  PackedBatch batch;
  batch.original_ids = {2, 50, 51, 3, 2, 60, 3};
  batch.masked_ids = {2, 4, 51, 3, 2, 4, 3};
  batch.positions = {0, 1, 2, 3, 0, 1, 2};
  batch.masked_positions = {1, 5};
  batch.sequences = {{11, 0, 4}, {12, 4, 3}};
  batch.groups = {{1, 4}, {1, 3}};
  batch.whole = PlacesInWhole{
      .token_count = 30, .token_places = {10, 11, 12, 13, 20, 21, 22}, .masked_places = {3, 5}};
  return {.step = 7,
          .learning_rate = 1e-4,
          .disc_weight = 50,
          .step_tokens = 30,
          .step_masked = 6,
          .step_weight = 41.5,
          .share = {.micro_batches = {batch}, .indices = {2}}};
}

TEST(MessagesTest, ABeginningIsReadAsItWasWritten) {
  BeginMessage begin{.model = Tiny(), .hyperparameters = {}};
  begin.model.generator.hidden_act = Activation::kGeluNew;
  begin.hyperparameters.learning_rate = 3e-4;
  begin.hyperparameters.gradient_compression = GradientCompression::kBf16;
  const auto read = DecodeBegin(Encode(begin));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->model, begin.model);
  EXPECT_EQ(HyperparametersToJson(read->hyperparameters),
            HyperparametersToJson(begin.hyperparameters));
}

TEST(MessagesTest, AStepIsReadAsItWasWritten) {
  const StepMessage step = Step();
  const auto read = DecodeStep(Encode(step), Tiny());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->step, 7);
  EXPECT_EQ(read->learning_rate, 1e-4);
  EXPECT_EQ(read->step_weight, 41.5);
  EXPECT_EQ(read->share.indices, step.share.indices);
  const PackedBatch& a = step.share.micro_batches[0];
  const PackedBatch& b = read->share.micro_batches.at(0);
  EXPECT_EQ(a.original_ids, b.original_ids);
  EXPECT_EQ(a.masked_ids, b.masked_ids);
  EXPECT_EQ(a.positions, b.positions);
  EXPECT_EQ(a.masked_positions, b.masked_positions);
  ASSERT_EQ(b.groups.size(), 2u);
  EXPECT_EQ(b.sequences[1].first_token, 4);
  ASSERT_TRUE(b.whole.has_value());
  EXPECT_EQ(a.whole->token_places, b.whole->token_places);
  EXPECT_EQ(a.whole->masked_places, b.whole->masked_places);
  EXPECT_EQ(b.whole->token_count, 30);
}

TEST(MessagesTest, AStepWithoutAShareIsAMessageToo) {
  StepMessage step = Step();
  step.share = {};
  const auto read = DecodeStep(Encode(step), Tiny());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->share.micro_batches.empty());
}

TEST(MessagesTest, NoNumberReachesBeyondTheModel) {
  const auto problem = [](const std::function<void(PackedBatch&)>& spoil) {
    StepMessage step = Step();
    spoil(step.share.micro_batches[0]);
    return std::string(DecodeStep(Encode(step), Tiny()).status().message());
  };
  EXPECT_THAT(problem([](PackedBatch& b) { b.original_ids[1] = 100; }), HasSubstr("vocabulary"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.masked_ids[1] = -1; }), HasSubstr("vocabulary"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.masked_ids.pop_back(); }), HasSubstr("vocabulary"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.masked_positions[1] = 7; }), HasSubstr("masked"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.sequences[1].length = 4; }), HasSubstr("sequence"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.sequences[0].length = -4; }), HasSubstr("sequence"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.sequences.pop_back(); }), HasSubstr("sequences"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.whole->token_count = 5; }), HasSubstr("places"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.whole->token_places[4] = 28; }), HasSubstr("place"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.whole->token_places[0] = -1; }), HasSubstr("place"));
  EXPECT_THAT(problem([](PackedBatch& b) { b.whole->masked_places[0] = 30; }), HasSubstr("places"));
}

// A message that is cut anywhere, or has any byte changed, is read as another one or refused.
TEST(MessagesTest, DamageIsRefusedOrHarmless) {
  const ModelConfig model = Tiny();
  const std::string whole = Encode(Step());
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(DecodeStep(whole.substr(0, size), model).ok()) << size;
  }
  EXPECT_FALSE(DecodeStep(whole + "x", model).ok());
  for (size_t i = 1; i < whole.size(); ++i) {
    for (char byte : {'\0', '\x7f', '\xff'}) {
      std::string damaged = whole;
      damaged[i] = byte;
      const auto read = DecodeStep(damaged, model);
      if (!read.ok()) continue;
      for (const PackedBatch& batch : read->share.micro_batches) {
        for (int64_t id : batch.original_ids) EXPECT_LT(static_cast<uint64_t>(id), 100u);
        for (int64_t at : batch.masked_positions) EXPECT_LT(at, batch.token_count());
        if (!batch.whole) continue;
        for (int64_t place : batch.whole->token_places) EXPECT_LT(place, batch.whole->token_count);
      }
    }
  }
  EXPECT_FALSE(DecodeBegin("b{}").ok());
  EXPECT_FALSE(DecodeBegin("bnonsense").ok());
  EXPECT_FALSE(VerbOf("").ok());
  EXPECT_FALSE(VerbOf("zzz").ok());
}

}  // namespace
}  // namespace electra

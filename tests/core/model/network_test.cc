#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/shape/config.h"
#include "core/shape/presets.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(PresetsTest, AreWhole) {
  for (const ModelPreset& preset : ModelPresets()) {
    EXPECT_EQ(ConfigProblem(preset.config.generator), "") << preset.name;
    EXPECT_EQ(ConfigProblem(preset.config.discriminator), "") << preset.name;
    EXPECT_TRUE(EmbeddingsCanBeShared(preset.config)) << preset.name;
    EXPECT_EQ(FindModelPreset(preset.name), &preset);
  }
  EXPECT_EQ(FindModelPreset("huge"), nullptr);
}

// Counts of transformers' ElectraForMaskedLM and ElectraForPreTraining of these shapes, word
// embeddings once.
TEST(PresetsTest, ParameterCounts) {
  const std::pair<const char*, int64_t> kExpected[] = {
      {"tiny", 5177081}, {"small", 23766585}, {"base", 123226297}};
  for (const auto& [name, count] : kExpected) {
    EXPECT_EQ(ParameterCount(FindModelPreset(name)->config), count) << name;
  }
}

TEST(ConfigProblemTest, NamesFieldAndValue) {
  ElectraConfig config;
  config.hidden_size = 250;
  EXPECT_THAT(ConfigProblem(config), AllOf(HasSubstr("hidden_size is 250"), HasSubstr("4")));
  config = {};
  config.vocab_size = 0;
  EXPECT_THAT(ConfigProblem(config), HasSubstr("vocab_size is 0"));
  config = {};
  config.pad_token_id = config.vocab_size;
  EXPECT_THAT(ConfigProblem(config), HasSubstr("pad_token_id"));
  config = {};
  config.hidden_dropout_prob = 1;
  EXPECT_THAT(ConfigProblem(config), HasSubstr("hidden_dropout_prob"));
}

TEST(ActivationTest, NamesAreReadAndWritten) {
  for (const char* name : {"gelu", "gelu_new", "relu", "silu", "tanh"}) {
    Activation activation;
    ASSERT_TRUE(ParseActivation(name, &activation)) << name;
    EXPECT_EQ(ActivationName(activation), name);
  }
  Activation activation;
  EXPECT_FALSE(ParseActivation("mish", &activation));
}

}  // namespace
}  // namespace electra

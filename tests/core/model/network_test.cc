#include <gtest/gtest.h>

#include "core/shape/config.h"
#include "core/shape/presets.h"

namespace electra {
namespace {

TEST(PresetsTest, AreFoundByTheirNames) {
  for (const ModelPreset& preset : ModelPresets()) {
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

#include "core/session/parameter_treatment.h"

#include <gtest/gtest.h>

namespace electra {
namespace {

TEST(ParameterTreatmentTest, BiasesAndLayerNormDoNotDecay) {
  EXPECT_TRUE(TreatmentOf("electra.embeddings.word_embeddings.weight", 2, {}).decays);
  EXPECT_FALSE(TreatmentOf("electra.embeddings.LayerNorm.weight", 2, {}).decays);
  EXPECT_FALSE(TreatmentOf("generator_lm_head.bias", 2, {}).decays);
}

TEST(ParameterTreatmentTest, TheRateFallsFromTheHeadDown) {
  Hyperparameters hyperparameters;
  hyperparameters.layerwise_lr_decay = 0.5;
  const auto scale = [&](const char* name) {
    return TreatmentOf(name, 12, hyperparameters).learning_rate_scale;
  };
  EXPECT_DOUBLE_EQ(scale("generator_lm_head.bias"), 1);
  EXPECT_DOUBLE_EQ(scale("electra.encoder.layer.11.output.dense.weight"), 0.5);
  EXPECT_DOUBLE_EQ(scale("electra.encoder.layer.1.output.dense.weight"), 1 / 2048.0);
  EXPECT_DOUBLE_EQ(scale("electra.encoder.layer.0.output.dense.weight"), 1 / 4096.0);
  EXPECT_DOUBLE_EQ(scale("electra.embeddings_project.weight"), 1 / 8192.0);
}

TEST(ParameterTreatmentTest, FreezesFromBelow) {
  Hyperparameters hyperparameters;
  hyperparameters.freeze_layers = 2;
  const auto frozen = [&](const char* name) {
    return TreatmentOf(name, 12, hyperparameters).frozen;
  };
  EXPECT_TRUE(frozen("electra.encoder.layer.0.output.dense.weight"));
  EXPECT_TRUE(frozen("electra.encoder.layer.1.output.dense.weight"));
  EXPECT_FALSE(frozen("electra.encoder.layer.2.output.dense.weight"));
  EXPECT_FALSE(frozen("electra.encoder.layer.10.output.dense.weight"));
  EXPECT_FALSE(frozen("electra.embeddings.word_embeddings.weight"));
  EXPECT_FALSE(frozen("discriminator_predictions.dense.weight"));
  hyperparameters = {};
  hyperparameters.freeze_embeddings = true;
  EXPECT_TRUE(frozen("electra.embeddings.LayerNorm.bias"));
  EXPECT_TRUE(frozen("electra.embeddings_project.weight"));
  EXPECT_FALSE(frozen("electra.encoder.layer.0.output.dense.weight"));
}

}  // namespace
}  // namespace electra

#include "core/hub/config_check.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/message.h"
#include "core/shape/presets.h"

namespace electra {
namespace {

std::string Problem(const ElectraConfig& config) {
  const absl::Status fits = CheckConfigFits(config);
  EXPECT_TRUE(absl::IsInvalidArgument(fits)) << fits;
  return MessageOf(fits).text();
}

TEST(ConfigCheckTest, PresetsFit) {
  for (const ModelPreset& preset : ModelPresets()) {
    EXPECT_TRUE(CheckConfigFits(preset.config.generator).ok()) << preset.name;
    EXPECT_TRUE(CheckConfigFits(preset.config.discriminator).ok()) << preset.name;
  }
}

TEST(ConfigCheckTest, AProblemNamesFieldAndValue) {
  ElectraConfig config;
  config.hidden_size = 250;
  EXPECT_EQ(Problem(config), "hidden_size is 250: it must be a multiple of num_attention_heads, 4");
  config = {};
  config.vocab_size = 0;
  EXPECT_EQ(Problem(config), "vocab_size is 0: it must be from 1 to 16777216");
  config = {};
  config.pad_token_id = config.vocab_size;
  EXPECT_EQ(Problem(config), "pad_token_id is 30522: it must be an id below vocab_size, 30522");
  config = {};
  config.hidden_dropout_prob = 1;
  EXPECT_EQ(Problem(config), "hidden_dropout_prob is 1: it must be at least 0 and below 1");
  config = {};
  config.layer_norm_eps = 0;
  EXPECT_EQ(Problem(config), "layer_norm_eps is 0: it must be above 0 and below 1");
}

TEST(ConfigCheckTest, AProblemHasACodeAndValues) {
  ElectraConfig config;
  config.num_hidden_layers = -1;
  const Message problem = MessageOf(CheckConfigFits(config));
  EXPECT_EQ(problem.code(), "CONFIG_DIMENSION");
  EXPECT_EQ(problem.args().at("field"), "num_hidden_layers");
  EXPECT_EQ(problem.args().at("value"), "-1");
}

}  // namespace
}  // namespace electra

#include "core/hub/config_json.h"

#include "tests/core/hub/hub_test_util.h"

namespace electra {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(ConfigJsonTest, MissingFieldsHaveElectraConfigsDefaults) {
  const auto config = ParseConfigJson(R"({"model_type": "electra"})", "config.json");
  ASSERT_THAT(config, Succeeds());
  EXPECT_EQ(*config, ElectraConfig());
}

TEST(ConfigJsonTest, TakesEveryFieldThatChangesTheMathematics) {
  const auto config = ParseConfigJson(
      R"({"model_type": "electra", "vocab_size": 35000, "embedding_size": 768,
          "hidden_size": 768, "num_hidden_layers": 3, "num_attention_heads": 12,
          "intermediate_size": 3072, "hidden_act": "gelu_new", "hidden_dropout_prob": 0.2,
          "attention_probs_dropout_prob": 0, "max_position_embeddings": 128, "type_vocab_size": 1,
          "initializer_range": 0.03, "layer_norm_eps": 1e-6, "pad_token_id": 5,
          "tie_word_embeddings": false, "summary_type": "mean", "id2label": {"0": "x"},
          "is_decoder": false, "pruned_heads": {}, "position_embedding_type": "absolute"})",
      "config.json");
  ASSERT_THAT(config, Succeeds());
  const ElectraConfig expected = {.vocab_size = 35000,
                                  .embedding_size = 768,
                                  .hidden_size = 768,
                                  .num_hidden_layers = 3,
                                  .num_attention_heads = 12,
                                  .intermediate_size = 3072,
                                  .hidden_act = Activation::kGeluNew,
                                  .hidden_dropout_prob = 0.2,
                                  .attention_probs_dropout_prob = 0,
                                  .max_position_embeddings = 128,
                                  .type_vocab_size = 1,
                                  .initializer_range = 0.03,
                                  .layer_norm_eps = 1e-6,
                                  .pad_token_id = 5,
                                  .tie_word_embeddings = false};
  EXPECT_EQ(*config, expected);
}

TEST(ConfigJsonTest, WhatIsWrittenIsReadBackExactly) {
  ElectraConfig config;
  config.hidden_act = Activation::kSilu;
  config.layer_norm_eps = 1e-7;
  config.hidden_dropout_prob = 0.1 + 0.2;
  config.pad_token_id = 3;
  config.tie_word_embeddings = false;
  for (const Role role : {Role::kGenerator, Role::kDiscriminator}) {
    const std::string json = ConfigJson(config, role, DType::kBFloat16);
    EXPECT_THAT(json, testing::HasSubstr(std::string(ArchitectureName(role))));
    EXPECT_THAT(json, testing::HasSubstr("\"torch_dtype\": \"bfloat16\""));
    const auto back = ParseConfigJson(json, "config.json");
    ASSERT_THAT(back, Succeeds());
    EXPECT_EQ(*back, config);
  }
}

TEST(ConfigJsonTest, OldFilesWithoutModelTypeAreKnownByTheirArchitecture) {
  EXPECT_THAT(ParseConfigJson(R"({"architectures": ["ElectraForPreTraining"]})", "c"), Succeeds());
  EXPECT_THAT(ParseConfigJson(R"({"architectures": ["BertModel"]})", "c"),
              Fails(StatusCode::kInvalidArgument, "model_type is missing"));
}

class RefusedConfigTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RefusedConfigTest, IsRefusedByName) {
  const auto& [member, message] = GetParam();
  EXPECT_THAT(ParseConfigJson(std::string(R"({"model_type": "electra", )") + member + "}",
                              "/m/config.json"),
              Fails(StatusCode::kInvalidArgument, std::string("/m/config.json: ") + message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedConfigTest,
    testing::Values(
        std::pair(R"("position_embedding_type": "relative_key")",
                  "position_embedding_type is \"relative_key\""),
        std::pair(R"("is_decoder": true)", "is_decoder is true"),
        std::pair(R"("add_cross_attention": true)", "add_cross_attention is true"),
        std::pair(R"("is_encoder_decoder": true)", "is_encoder_decoder is true"),
        std::pair(R"("pruned_heads": {"0": [1]})", "pruned_heads is an object"),
        std::pair(R"("quantization_config": {"bits": 4})", "quantization_config"),
        std::pair(R"("auto_map": {"AutoModel": "x.py"})", "auto_map"),
        std::pair(R"("hidden_act": "quick_gelu")", "hidden_act is \"quick_gelu\""),
        std::pair(R"("hidden_act": 3)", "hidden_act is 3"),
        std::pair(R"("hidden_size": "256")", "hidden_size is \"256\": it must be an integer"),
        std::pair(R"("hidden_size": 256.5)", "hidden_size is 256.5"),
        std::pair(R"("hidden_size": 99999999999999999999)", "hidden_size is"),
        std::pair(R"("hidden_size": 255)", "hidden_size is 255"),
        std::pair(R"("vocab_size": -1)", "vocab_size is -1"),
        std::pair(R"("num_hidden_layers": 1000000000)", "num_hidden_layers is 1000000000"),
        std::pair(R"("pad_token_id": null)", "pad_token_id is null"),
        std::pair(R"("pad_token_id": 30522)", "pad_token_id is 30522"),
        std::pair(R"("layer_norm_eps": "1e-12")", "layer_norm_eps is \"1e-12\""),
        std::pair(R"("hidden_dropout_prob": 1.5)", "hidden_dropout_prob is 1.5"),
        std::pair(R"("initializer_range": -0.02)", "initializer_range is -0.02"),
        std::pair(R"("tie_word_embeddings": "yes")", "tie_word_embeddings is \"yes\"")));

TEST(ConfigJsonTest, OtherModelTypesAreRefused) {
  EXPECT_THAT(ParseConfigJson(R"({"model_type": "bert"})", "c"),
              Fails(StatusCode::kInvalidArgument, "model_type is \"bert\""));
  EXPECT_THAT(ParseConfigJson(R"({"model_type": "bert"})", "c"),
              Says("CONFIG_NOT_SUPPORTED",
                   ElementsAre(Pair("at", "c"), Pair("field", "model_type"),
                               Pair("value", "\"bert\""), Pair("why", HasSubstr("electra")),
                               Pair("why.code", "ONLY_SUPPORTED"), Pair("why.value", "electra"))));
  EXPECT_THAT(ParseConfigJson("", "c"), Fails(StatusCode::kInvalidArgument, "c: is not JSON"));
}

}  // namespace
}  // namespace electra

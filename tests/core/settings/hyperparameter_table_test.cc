#include "core/settings/hyperparameter_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ProblemOf(std::string_view json) {
  const ParsedHyperparameters parsed = ParseHyperparameters(json);
  return parsed.violations.empty() ? "" : parsed.violations.front().problem.text();
}

TEST(HyperparametersTest, DefaultsAreThePapers) {
  const ParsedHyperparameters parsed = ParseHyperparameters("{}");
  EXPECT_TRUE(parsed.violations.empty());
  EXPECT_EQ(parsed.values.mlm_probability, 0.15);
  EXPECT_EQ(parsed.values.replace_prob, 0.85);
  EXPECT_EQ(parsed.values.disc_weight, 50);
  EXPECT_EQ(parsed.values.adam_epsilon, 1e-6);
  EXPECT_EQ(parsed.values.max_grad_norm, 1);
}

TEST(HyperparametersTest, ReadsEveryType) {
  const ParsedHyperparameters parsed = ParseHyperparameters(
      R"({"learning_rate": 1e-4, "per_device_train_batch_size": 8, "truncate": true,
          "shared_embeddings": "all", "device": "cuda:1", "max_steps": 60.0})");
  ASSERT_TRUE(parsed.violations.empty()) << parsed.violations.front().problem.text();
  EXPECT_EQ(parsed.values.learning_rate, 1e-4);
  EXPECT_EQ(parsed.values.batch_size, 8);
  EXPECT_TRUE(parsed.values.truncate);
  EXPECT_EQ(parsed.values.shared_embeddings, SharedEmbeddings::kAll);
  EXPECT_EQ(parsed.values.device, "cuda:1");
  EXPECT_EQ(parsed.values.max_steps, 60);
}

TEST(HyperparametersTest, WritesWhatItReads) {
  Hyperparameters values;
  values.learning_rate = 3e-5;
  values.shared_embeddings = SharedEmbeddings::kNone;
  values.seed = 9007199254740992;
  const ParsedHyperparameters again = ParseHyperparameters(HyperparametersToJson(values));
  ASSERT_TRUE(again.violations.empty()) << again.violations.front().problem.text();
  EXPECT_EQ(HyperparametersToJson(again.values), HyperparametersToJson(values));
}

TEST(HyperparametersTest, ProblemsNameKeyValueAndRange) {
  EXPECT_THAT(ProblemOf(R"({"learning_rate": -1})"),
              AllOf(HasSubstr("learning_rate is -1"), HasSubstr("above 0, at most 1")));
  EXPECT_THAT(ProblemOf(R"({"learning_rate": "fast"})"), HasSubstr("learning_rate is \"fast\""));
  EXPECT_THAT(ProblemOf(R"({"batch_size": 2.5})"), HasSubstr("a whole number from 1"));
  EXPECT_THAT(ProblemOf(R"({"batch_size": 1e300})"), HasSubstr("batch_size is 1e+300"));
  EXPECT_THAT(ProblemOf(R"({"truncate": 1})"), HasSubstr("true or false"));
  EXPECT_THAT(ProblemOf(R"({"hidden_dropout_prob": 1})"), HasSubstr("at least 0, below 1"));
  EXPECT_THAT(ProblemOf(R"({"shared_embeddings": "some"})"), HasSubstr("one of word, all, none"));
  EXPECT_THAT(ProblemOf(R"({"device": "cuda:"})"), HasSubstr("cuda:N"));
  EXPECT_THAT(ProblemOf(R"({"max_steps": 0})"), HasSubstr("max_steps is 0"));
  EXPECT_THAT(ProblemOf(R"({"gen_weight": 0, "disc_weight": 0})"), HasSubstr("both 0"));
  EXPECT_THAT(ProblemOf(R"({"save_minutes": -1})"), HasSubstr("at least 0"));
  EXPECT_EQ(ProblemOf(R"({"save_minutes": 0.25})"), "");
  EXPECT_THAT(ProblemOf("[]"), HasSubstr("object"));
  EXPECT_THAT(ProblemOf("{"), HasSubstr("object"));
}

TEST(HyperparametersTest, EveryChoiceIsReadAndWritten) {
  for (const char* json :
       {R"({"mask_unit": "word"})", R"({"mask_unit": "span"})",
        R"({"lr_scheduler_type": "cosine"})", R"({"lr_scheduler_type": "constant"})",
        R"({"shared_embeddings": "none"})", R"({"shared_embeddings": "gdes"})",
        R"({"disc_token_weights": "domain"})", R"({"metric_for_best_model": "generator_loss"})",
        R"({"metric_for_best_model": "f1"})"}) {
    const ParsedHyperparameters parsed = ParseHyperparameters(json);
    ASSERT_TRUE(parsed.violations.empty()) << parsed.violations.front().problem.text();
    const std::string again = HyperparametersToJson(parsed.values);
    EXPECT_NE(again, HyperparametersToJson({})) << json;
    EXPECT_EQ(again, HyperparametersToJson(ParseHyperparameters(again).values));
  }
  EXPECT_THAT(ProblemOf(R"({"mask_unit": "sentence"})"), HasSubstr("one of token, word, span"));
  EXPECT_THAT(ProblemOf(R"({"lr_scheduler_type": "step"})"),
              HasSubstr("one of linear, cosine, constant"));
}

// Jobs that were stored, and clients of the time, when bf16 was a boolean have one.
TEST(HyperparametersTest, Bf16IsABooleanOrAuto) {
  const std::pair<const char*, Bf16> cases[] = {{R"({"bf16":true})", Bf16::kTrue},
                                                {R"({"bf16":false})", Bf16::kFalse},
                                                {R"({"bf16":"auto"})", Bf16::kAuto},
                                                {"{}", Bf16::kAuto}};
  for (const auto& [json, expected] : cases) {
    const ParsedHyperparameters parsed = ParseHyperparameters(json);
    ASSERT_TRUE(parsed.violations.empty()) << json;
    EXPECT_EQ(parsed.values.bf16, expected) << json;
    const std::string again = HyperparametersToJson(parsed.values);
    EXPECT_EQ(ParseHyperparameters(again).values.bf16, expected) << again;
  }
  Hyperparameters values{.bf16 = Bf16::kTrue};
  EXPECT_THAT(HyperparametersToJson(values), HasSubstr(R"("bf16":true)"));
  EXPECT_THAT(ProblemOf(R"({"bf16": "always"})"), HasSubstr("one of auto, true, false"));
  EXPECT_THAT(ProblemOf(R"({"bf16": 1})"), HasSubstr("bf16 is 1"));
}

TEST(HyperparametersTest, Bf16OfAutoIsForCards) {
  Hyperparameters values;
  EXPECT_TRUE(values.ComputesInBf16("cuda:0"));
  EXPECT_FALSE(values.ComputesInBf16("cpu"));
  values.bf16 = Bf16::kTrue;
  EXPECT_TRUE(values.ComputesInBf16("cpu"));
  values.bf16 = Bf16::kFalse;
  EXPECT_FALSE(values.ComputesInBf16("cuda:0"));
}

TEST(HyperparametersTest, WhatLooksAtEvaluationsNeedsSome) {
  EXPECT_THAT(ProblemOf(R"({"early_stopping_patience": 2, "eval_steps": 0})"),
              HasSubstr("eval_steps"));
  EXPECT_THAT(ProblemOf(R"({"early_stopping_patience": 2, "validation_split_percentage": 0})"),
              HasSubstr("validation_split_percentage"));
  EXPECT_THAT(ProblemOf(R"({"load_best_model_at_end": true, "validation_split_percentage": 0})"),
              HasSubstr("held out"));
  EXPECT_EQ(ProblemOf(R"({"early_stopping_patience": 2, "load_best_model_at_end": true})"), "");
  // Without held-out text nobody need turn load_best_model_at_end off.
  EXPECT_TRUE(ParseHyperparameters("{}").values.load_best_model_at_end);
  const ParsedHyperparameters none =
      ParseHyperparameters(R"({"validation_split_percentage": 0, "learning_rate": 5e-4})");
  EXPECT_TRUE(none.violations.empty());
  EXPECT_FALSE(none.values.load_best_model_at_end);
  EXPECT_EQ(ProblemOf(HyperparametersToJson(none.values)), "");
}

TEST(HyperparametersTest, AMetricMayBeOfAnEvaluationCorpus) {
  const ParsedHyperparameters parsed =
      ParseHyperparameters(R"({"metric_for_best_model": "일반.f1"})", EvalCorpora::kSome);
  ASSERT_TRUE(parsed.violations.empty());
  EXPECT_EQ(parsed.values.metric_for_best_model, MetricForBestModel::kF1);
  EXPECT_EQ(parsed.values.metric_eval_corpus, "일반");
  EXPECT_THAT(HyperparametersToJson(parsed.values),
              HasSubstr(R"("metric_for_best_model":"일반.f1")"));
  for (const char* wrong : {"일반.accuracy", ".loss", "a b.loss", "a.b.loss", "일반."}) {
    EXPECT_THAT(ProblemOf(absl::StrCat(R"({"metric_for_best_model": ")", wrong, "\"}")),
                HasSubstr("or NAME.loss"))
        << wrong;
  }
}

TEST(HyperparametersTest, EvaluationCorporaAreEnoughToChooseTheBest) {
  constexpr char kJson[] = R"({"validation_split_percentage": 0, "early_stopping_patience": 2})";
  EXPECT_FALSE(ParseHyperparameters(kJson).violations.empty());
  const ParsedHyperparameters parsed = ParseHyperparameters(kJson, EvalCorpora::kSome);
  EXPECT_TRUE(parsed.violations.empty());
  EXPECT_TRUE(parsed.values.load_best_model_at_end);
}

TEST(HyperparametersTest, MoreFrozenLayersThanThereAreAreRefused) {
  Hyperparameters values;
  ModelConfig model;
  model.generator.num_hidden_layers = 2;
  model.discriminator.num_hidden_layers = 4;
  values.freeze_layers = 2;
  EXPECT_TRUE(CheckAgainstModel(values, model).empty());
  values.freeze_layers = 3;
  ASSERT_EQ(CheckAgainstModel(values, model).size(), 1u);
  EXPECT_THAT(CheckAgainstModel(values, model).front().problem.text(),
              AllOf(HasSubstr("freeze_layers is 3"), HasSubstr("2 layers")));
}

TEST(HyperparametersTest, AnUnknownKeyGetsASuggestion) {
  EXPECT_THAT(ProblemOf(R"({"learning_rat": 1})"), HasSubstr("did you mean learning_rate?"));
  EXPECT_THAT(ProblemOf(R"({"zzzzzzzzzzz": 1})"), HasSubstr("electra hyperparameters"));
}

TEST(HyperparametersTest, AProblemHasACodeAndValues) {
  const ParsedHyperparameters parsed = ParseHyperparameters(R"({"learning_rate": 2})");
  ASSERT_EQ(parsed.violations.size(), 1u);
  const Message& problem = parsed.violations.front().problem;
  EXPECT_EQ(problem.text(), "learning_rate is 2: it must be above 0, at most 1");
  EXPECT_EQ(problem.code(), "HYPERPARAMETER_NOT_ACCEPTED");
  EXPECT_EQ(problem.args().at("key"), "learning_rate");
  EXPECT_EQ(problem.args().at("value"), "2");
  EXPECT_EQ(problem.Inner("accepted").code(), "ABOVE_AND_AT_MOST");
  EXPECT_EQ(problem.Inner("accepted").args().at("most"), "1");
}

TEST(HyperparametersTest, AllProblemsAreFound) {
  EXPECT_EQ(
      ParseHyperparameters(R"({"learning_rate": 0, "nope": 1, "seed": -1})").violations.size(), 3u);
}

TEST(HyperparametersTest, EveryDefaultIsAccepted) {
  for (const HyperparameterInfo& info : DescribeHyperparameters()) {
    EXPECT_FALSE(info.description.empty()) << info.key;
    if (info.key == "learning_rate") continue;  // depends on the model
    EXPECT_EQ(ProblemOf("{\"" + info.key + "\": " + info.default_value + "}"), "") << info.key;
  }
}

}  // namespace
}  // namespace electra

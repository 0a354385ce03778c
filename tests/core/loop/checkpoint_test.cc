#include "core/loop/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/loop/checkpoint_folders.h"
#include "core/shape/presets.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest() {
    for (ElectraConfig* config : {&model_.generator, &model_.discriminator}) {
      config->vocab_size = 5;
      config->embedding_size = 8;
      config->hidden_size = 16;
      config->num_hidden_layers = 1;
      config->num_attention_heads = 2;
      config->intermediate_size = 16;
      config->max_position_embeddings = 16;
    }
  }

  CheckpointReport Write(int64_t step) {
    TrainingSession session({.model = model_, .hyperparameters = {}, .device = "cpu"});
    state_ = session.CopyState();
    state_.step = step;
    state_.first_moments[0].values[0] = 0.25f;
    auto report = WriteCheckpoint(
        dir(),
        {.state = state_, .model = model_, .tokenizer = tokenizer_, .tokens_seen = 1000 + step});
    EXPECT_TRUE(report.ok()) << report.status();
    return *report;
  }

  std::filesystem::path dir() const { return folder_.path() / "checkpoints"; }

  TemporaryFolder folder_;
  ModelConfig model_;
  SessionState state_;
  Tokenizer tokenizer_{std::make_shared<const Vocabulary>(
                           *Vocabulary::Parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "vocab.txt")),
                       {}};
};

void ExpectEqual(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  std::map<std::string, const NamedArray*> by_name;
  for (const NamedArray& array : b) by_name[array.name] = &array;
  for (const NamedArray& array : a) {
    ASSERT_TRUE(by_name.contains(array.name)) << array.name;
    EXPECT_EQ(array.values, by_name[array.name]->values) << array.name;
    EXPECT_EQ(array.shape, by_name[array.name]->shape) << array.name;
  }
}

TEST_F(CheckpointTest, ComesBackAsItWas) {
  const CheckpointReport report = Write(7);
  EXPECT_GT(report.size_bytes, 0);
  std::vector<Message> warnings;
  const auto loaded = LoadNewestCheckpoint(dir(), &warnings);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_TRUE(loaded->has_value());
  EXPECT_EQ((*loaded)->state.step, 7);
  EXPECT_EQ((*loaded)->state.loss_scale, std::nullopt);
  EXPECT_EQ((*loaded)->tokens_seen, 1007);
  EXPECT_EQ((*loaded)->path, report.path);
  ExpectEqual(state_.generator, (*loaded)->state.generator);
  ExpectEqual(state_.discriminator, (*loaded)->state.discriminator);
  ExpectEqual(state_.first_moments, (*loaded)->state.first_moments);
  ExpectEqual(state_.second_moments, (*loaded)->state.second_moments);
  EXPECT_THAT(warnings, SizeIs(0));
}

TEST_F(CheckpointTest, TheAverageAndTheBestComeBackToo) {
  Write(7);
  state_.trained = {{.name = "generator.x", .shape = {2}, .values = {1.5f, -2.25f}}};
  state_.extras = {{.name = "discriminator.y", .shape = {1}, .values = {0.5f}}};
  state_.skipped_steps = 3;
  state_.loss_scale = LossScaleState{.factor = 1024, .good_steps = 17};
  const BestEvaluation best{.step = 0, .value = 0.1, .evaluations_since = 1, .last_step = 5};
  ASSERT_TRUE(WriteCheckpoint(dir(), {.state = state_,
                                      .model = model_,
                                      .tokenizer = tokenizer_,
                                      .tokens_seen = 1,
                                      .run_seconds = 12.5,
                                      .best = best})
                  .ok());
  std::vector<Message> warnings;
  const auto loaded = LoadNewestCheckpoint(dir(), &warnings);
  ASSERT_TRUE(loaded.ok() && loaded->has_value());
  ExpectEqual(state_.trained, (*loaded)->state.trained);
  ExpectEqual(state_.extras, (*loaded)->state.extras);
  EXPECT_EQ((*loaded)->state.skipped_steps, 3);
  EXPECT_EQ((*loaded)->state.loss_scale, state_.loss_scale);
  EXPECT_EQ((*loaded)->best.step, 0);
  EXPECT_EQ((*loaded)->run_seconds, 12.5);
  EXPECT_EQ((*loaded)->best.value, 0.1);
  EXPECT_EQ((*loaded)->best.evaluations_since, 1);
  EXPECT_EQ((*loaded)->best.last_step, 5);
}

TEST_F(CheckpointTest, OneOfAnOlderVersionHasItsBestLossAndNoTime) {
  const CheckpointReport report = Write(7);
  const std::filesystem::path description = report.path / "checkpoint.json";
  std::ifstream file(description);
  nlohmann::json json = nlohmann::json::parse(file);
  json.erase("run_seconds");
  json["best"] = {{"step", 3}, {"combined_loss", 9.5}, {"evaluations_since", 1}, {"last_step", 6}};
  std::ofstream(description) << json;
  std::vector<Message> warnings;
  const auto loaded = LoadNewestCheckpoint(dir(), &warnings);
  ASSERT_TRUE(loaded.ok() && loaded->has_value()) << loaded.status();
  EXPECT_EQ((*loaded)->best.step, 3);
  EXPECT_EQ((*loaded)->best.value, 9.5);
  EXPECT_EQ((*loaded)->run_seconds, 0);
}

TEST_F(CheckpointTest, ItsFolderSaysItsStep) {
  EXPECT_EQ(StepOfCheckpoint(CheckpointDir(dir(), 1234)), 1234);
  for (const char* other : {"", "best", "step-", "step-12x", "step-00000008.unfinished"}) {
    EXPECT_EQ(StepOfCheckpoint(other), std::nullopt) << other;
  }
}

TEST_F(CheckpointTest, NoneIsNoError) {
  std::vector<Message> warnings;
  const auto loaded = LoadNewestCheckpoint(dir(), &warnings);
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(loaded->has_value());
}

TEST_F(CheckpointTest, ADamagedNewestFallsBackToTheOneBefore) {
  Write(7);
  const CheckpointReport newest = Write(9);
  {
    std::fstream file(newest.path / "generator/model.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x55');
  }
  std::vector<Message> warnings;
  const auto loaded = LoadNewestCheckpoint(dir(), &warnings);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_TRUE(loaded->has_value());
  EXPECT_EQ((*loaded)->state.step, 7);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0].text(), HasSubstr("step-00000009"));
}

TEST_F(CheckpointTest, AnUnfinishedOneIsNotLoadedAndIsSweptAway) {
  Write(7);
  const std::filesystem::path unfinished = dir() / "step-00000008.unfinished";
  std::filesystem::create_directories(unfinished);
  std::vector<Message> warnings;
  const auto loaded = LoadNewestCheckpoint(dir(), &warnings);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ((*loaded)->state.step, 7);
  EXPECT_THAT(warnings, SizeIs(0));
  PruneCheckpoints(dir(), 1);
  EXPECT_FALSE(std::filesystem::exists(unfinished));
}

TEST_F(CheckpointTest, PruningKeepsTheNewest) {
  for (int64_t step : {3, 20, 100}) Write(step);
  PruneCheckpoints(dir(), 2);
  EXPECT_FALSE(std::filesystem::exists(dir() / "step-00000003"));
  EXPECT_TRUE(std::filesystem::exists(dir() / "step-00000020"));
  EXPECT_TRUE(std::filesystem::exists(dir() / "step-00000100"));
}

TEST_F(CheckpointTest, PruningKeepsTheBest) {
  const CheckpointReport best = Write(3);
  EXPECT_FALSE(BestCheckpoint(dir()).has_value());
  ASSERT_TRUE(MarkBestCheckpoint(best.path).ok());
  for (int64_t step : {20, 100}) Write(step);
  PruneCheckpoints(dir(), 1);
  EXPECT_EQ(BestCheckpoint(dir()), best.path);
  EXPECT_TRUE(std::filesystem::exists(dir() / "best/discriminator/config.json"));
  EXPECT_FALSE(std::filesystem::exists(dir() / "step-00000020"));
  EXPECT_TRUE(std::filesystem::exists(dir() / "step-00000100"));
  // Another takes its place, and the first may go.
  ASSERT_TRUE(MarkBestCheckpoint(dir() / "step-00000100").ok());
  PruneCheckpoints(dir(), 1);
  EXPECT_FALSE(std::filesystem::exists(best.path));
}

}  // namespace
}  // namespace electra

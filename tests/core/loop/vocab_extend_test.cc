// A pretrained model whose vocabulary gets tokens of the corpus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/hub/pretrained_pair.h"
#include "core/hub/tensor_names.h"
#include "core/loop/checkpoint.h"
#include "core/text/vocabulary_extender.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int64_t kNewTokens = 4;

class VocabExtendTest : public LoopTest {
 protected:
  VocabExtendTest() { WriteSentences(60); }

  // Whose vocabulary has characters alone.
  fs::path MakeBase(SharedEmbeddings shared = SharedEmbeddings::kWord) {
    TrainingTask task = Task("base");
    task.hyperparameters.min_frequency = 1'000'000;
    task.hyperparameters.shared_embeddings = shared;
    Recorder recorder;
    const auto outcome = trainer_->Train(task, recorder, StopSignal());
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome->model_dir;
  }

  TrainingTask Extending(const fs::path& base, const std::string& job) {
    TrainingTask task = Task(job);
    task.pretrained_dir = base;
    task.hyperparameters.vocab_extend = kNewTokens;
    return task;
  }

  // As it is before the first step: the learning rate is nothing in float32.
  TrainingTask Unchanged(const fs::path& base, const std::string& job) {
    TrainingTask task = Extending(base, job);
    task.hyperparameters.learning_rate = 1e-60;
    task.hyperparameters.weight_decay = 0;
    task.hyperparameters.max_steps = 1;
    return task;
  }

  LoadedCheckpoint Newest(const std::string& job) const {
    std::vector<Message> warnings;
    auto loaded = LoadNewestCheckpoint(folder_.path() / job / "checkpoints", &warnings);
    EXPECT_TRUE(loaded.ok() && loaded->has_value());
    return **std::move(loaded);
  }

  std::vector<std::vector<int32_t>> Pieces(const PretrainedPair& base,
                                           const PretrainedPair& extended) {
    const auto pieces =
        PiecesOfAppended(extended.tokenizer->vocabulary, base.tokenizer->vocabulary.size());
    EXPECT_TRUE(pieces.ok()) << pieces.status();
    EXPECT_EQ(pieces->size(), static_cast<size_t>(kNewTokens));
    return *pieces;
  }
};

PretrainedPair Load(const fs::path& model) {
  auto pair = LoadPretrainedPair(model.string());
  EXPECT_TRUE(pair.ok()) << pair.status();
  return *std::move(pair);
}

std::vector<float> Values(const PretrainedNetwork& network, std::string_view name) {
  const auto values = ToFloat32(network.weights.at(std::string(name)).view);
  EXPECT_TRUE(values.ok()) << values.status();
  return *values;
}

// The old rows as they were, then a mean for each list of pieces.
void ExpectRows(const std::vector<float>& before, const std::vector<float>& after,
                const std::vector<std::vector<int32_t>>& pieces, size_t width) {
  ASSERT_EQ(after.size(), before.size() + pieces.size() * width);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  for (size_t i = 0; i < pieces.size(); ++i) {
    for (size_t column = 0; column < width; ++column) {
      double sum = 0;
      for (const int32_t piece : pieces[i]) {
        sum += before[static_cast<size_t>(piece) * width + column];
      }
      EXPECT_FLOAT_EQ(after[before.size() + i * width + column],
                      static_cast<float>(sum / static_cast<double>(pieces[i].size())));
    }
  }
}

void ExpectSame(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].values, b[i].values) << a[i].name;
}

TEST_F(VocabExtendTest, ANewTokenBeginsAsTheMeanOfItsPieces) {
  for (const SharedEmbeddings shared : {SharedEmbeddings::kWord, SharedEmbeddings::kNone}) {
    const std::string job = shared == SharedEmbeddings::kWord ? "shared" : "separate";
    fs::remove_all(folder_.path() / "base");
    const fs::path base_dir = MakeBase(shared);
    TrainingTask task = Unchanged(base_dir, job);
    task.hyperparameters.shared_embeddings = shared;
    Recorder recorder;
    const auto outcome = trainer_->Train(task, recorder, StopSignal());
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    const PretrainedPair base = Load(base_dir);
    const PretrainedPair extended = Load(outcome->model_dir);
    const auto width = static_cast<size_t>(base.discriminator.config.embedding_size);
    EXPECT_EQ(extended.discriminator.config.vocab_size,
              base.discriminator.config.vocab_size + kNewTokens);
    EXPECT_EQ(extended.generator->config.vocab_size,
              base.generator->config.vocab_size + kNewTokens);
    const auto pieces = Pieces(base, extended);
    ExpectRows(Values(*base.generator, kWordEmbeddings),
               Values(*extended.generator, kWordEmbeddings), pieces, width);
    ExpectRows(Values(base.discriminator, kWordEmbeddings),
               Values(extended.discriminator, kWordEmbeddings), pieces, width);
    ExpectRows(Values(*base.generator, kLmHeadBias), Values(*extended.generator, kLmHeadBias),
               pieces, 1);
    EXPECT_EQ(recorder.prepared.vocab_size, extended.tokenizer->vocabulary.size());
  }
}

TEST_F(VocabExtendTest, ANewGeneratorHasTheMeansToo) {
  const fs::path base_dir = MakeBase();
  fs::remove_all(base_dir / "generator");
  Recorder recorder;
  const auto outcome = trainer_->Train(Unchanged(base_dir, "alone"), recorder, StopSignal());
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const PretrainedPair base = Load(base_dir);
  const PretrainedPair extended = Load(outcome->model_dir);
  ExpectRows(Values(base.discriminator, kWordEmbeddings),
             Values(*extended.generator, kWordEmbeddings), Pieces(base, extended),
             static_cast<size_t>(base.discriminator.config.embedding_size));
}

TEST_F(VocabExtendTest, TheJobSaysOnceHowManyTokensItSaves) {
  Recorder plain;
  const fs::path base = MakeBase();
  TrainingTask before = Unchanged(base, "before");
  before.hyperparameters.vocab_extend = 0;
  ASSERT_TRUE(trainer_->Train(before, plain, StopSignal()).ok());
  const TrainingTask task = Unchanged(base, "after");
  Recorder recorder;
  ASSERT_TRUE(trainer_->Train(task, recorder, StopSignal()).ok());
  const auto is_said = [](const Message& message) {
    return message.code() == "VOCABULARY_EXTENDED";
  };
  const auto said = std::find_if(recorder.messages.begin(), recorder.messages.end(), is_said);
  ASSERT_NE(said, recorder.messages.end());
  EXPECT_EQ(said->args().at("added"), "4");
  EXPECT_EQ(said->args().at("before"), std::to_string(plain.prepared.tokens));
  EXPECT_EQ(said->args().at("after"), std::to_string(recorder.prepared.tokens));
  EXPECT_LT(recorder.prepared.tokens, plain.prepared.tokens);
  Recorder again;
  ASSERT_TRUE(trainer_->Train(task, again, StopSignal()).ok());
  EXPECT_TRUE(std::none_of(again.messages.begin(), again.messages.end(), is_said));
}

TEST_F(VocabExtendTest, AStoppedRunGoesOnBitByBitAndFromItsVocabularyAlone) {
  const fs::path base = MakeBase();
  Recorder undisturbed;
  ASSERT_TRUE(trainer_->Train(Extending(base, "whole"), undisturbed, StopSignal()).ok());
  for (const int64_t stop_at : {1, 4, 100}) {
    Recorder recorder;
    StopSignal stop;
    recorder.after_step = [&](int64_t step) {
      if (step == stop_at) stop.Request(StopReason::kShutdown);
    };
    const auto outcome = trainer_->Train(Extending(base, "stopped"), recorder, stop);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    // As after a kill before the first checkpoint.
    if (stop_at == 1) fs::remove_all(folder_.path() / "stopped/checkpoints");
  }
  const LoadedCheckpoint a = Newest("whole");
  const LoadedCheckpoint b = Newest("stopped");
  EXPECT_EQ(a.state.step, b.state.step);
  ExpectSame(a.state.generator, b.state.generator);
  ExpectSame(a.state.discriminator, b.state.discriminator);
  ExpectSame(a.state.second_moments, b.state.second_moments);
}

TEST_F(VocabExtendTest, APresetHasNothingToExtend) {
  TrainingTask task = Task("job");
  task.hyperparameters.vocab_extend = 1;
  Recorder recorder;
  const absl::Status status = trainer_->Train(task, recorder, StopSignal()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("but tiny is a preset"));
}

}  // namespace
}  // namespace electra

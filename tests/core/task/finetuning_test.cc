// Runs of a tiny discriminator on a task that words decide.
#include "core/task/finetuning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/batch/random.h"
#include "core/hub/pretrained_save.h"
#include "core/hub/safetensors.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kWords = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                         "good",  "great", "bad",   "awful", "film"};

class FinetuningTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ElectraConfig config{.vocab_size = static_cast<int64_t>(kWords.size()),
                               .embedding_size = 16,
                               .hidden_size = 32,
                               .num_hidden_layers = 2,
                               .num_attention_heads = 2,
                               .intermediate_size = 64,
                               .max_position_embeddings = 32};
    SaveModel(config);
    std::ofstream file(folder_.path() / "rows.tsv");
    file << "text\tlabel\n";
    for (int i = 0; i < 40; ++i) {
      file << "film " << (i % 4 < 2 ? "good" : "great") << " film\tpositive\n";
      file << "film " << (i % 4 < 2 ? "bad" : "awful") << " film\tnegative\n";
    }
  }

  void SaveModel(const ElectraConfig& config) {
    std::map<std::string, std::vector<float>> values;
    std::vector<NamedTensor> tensors;
    KeyedRandom random({1});
    for (const auto& [name, shape] : ExpectedTensors(config, Role::kDiscriminator)) {
      const bool is_norm = name.find("LayerNorm.weight") != std::string::npos;
      std::vector<float>& weight = values[name];
      weight.resize(static_cast<size_t>(*ElementCount(shape)));
      for (float& value : weight) {
        value = is_norm ? 1.0f : static_cast<float>(0.2 * (random.NextDouble() - 0.5));
      }
      tensors.push_back({.name = name,
                         .view = {.dtype = DType::kFloat32,
                                  .shape = shape,
                                  .data = std::as_bytes(std::span(weight))}});
    }
    std::filesystem::create_directories(folder_.path() / "model");
    const auto vocabulary = Vocabulary::FromTokens(kWords, "vocab.txt");
    ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
    const absl::Status saved =
        SavePretrained((folder_.path() / "model/discriminator").string(), Role::kDiscriminator,
                       config, tensors, *vocabulary, {}, {});
    ASSERT_TRUE(saved.ok()) << saved;
  }

  FinetuningTask Task() {
    FinetuningTask task;
    task.data = {.path = folder_.path() / "rows.tsv",
                 .reading = {.format = CorpusFormat::kTsv, .column = "text"},
                 .label_column = "label"};
    task.model = folder_.path() / "model";
    task.settings = {.epochs = 12, .learning_rate = 3e-3, .batch_size = 16};
    return task;
  }

  absl::StatusOr<FinetuningResult> Run(const FinetuningTask& task) {
    return RunFinetuning(task, stop_, [this](double share) { progress_.push_back(share); });
  }

  TemporaryFolder folder_;
  StopSignal stop_;
  std::vector<double> progress_;
};

TEST_F(FinetuningTest, LearnsWhatTheWordsSay) {
  const auto result = Run(Task());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->train_rows, 64);
  EXPECT_EQ(result->test_rows, 16);
  EXPECT_GE(result->scores.accuracy, 0.9);
  EXPECT_EQ(progress_.size(), 48u);  // 12 epochs of 4 steps
  EXPECT_DOUBLE_EQ(progress_.back(), 1);
}

TEST_F(FinetuningTest, ARunFollowsFromItsTask) {
  FinetuningTask task = Task();
  task.settings.epochs = 1;
  task.settings.learning_rate = 5e-4;
  task.save_to = folder_.path() / "first";
  std::filesystem::create_directories(task.save_to);
  ASSERT_TRUE(Run(task).ok());
  task.save_to = folder_.path() / "second";
  std::filesystem::create_directories(task.save_to);
  ASSERT_TRUE(Run(task).ok());
  const auto bytes = [&](const char* name) {
    std::ifstream file(folder_.path() / name / "model.safetensors", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_FALSE(bytes("first").empty());
  EXPECT_EQ(bytes("first"), bytes("second"));
}

TEST_F(FinetuningTest, TheModelIsSavedWithItsLabels) {
  FinetuningTask task = Task();
  task.save_to = folder_.path() / "saved";
  std::filesystem::create_directories(task.save_to);
  const auto result = Run(task);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->is_saved);
  std::ifstream file(task.save_to / "config.json");
  const nlohmann::json config = nlohmann::json::parse(file);
  EXPECT_EQ(config["architectures"][0], "ElectraForSequenceClassification");
  EXPECT_EQ(config["id2label"]["0"], "negative");
  EXPECT_EQ(config["label2id"]["positive"], 1);
  const auto weights = SafetensorsFile::Open((task.save_to / "model.safetensors").string());
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_THAT((*weights)->tensors().at("classifier.out_proj.weight").shape, ElementsAre(2, 32));
}

TEST_F(FinetuningTest, AWorseModelIsNotSaved) {
  FinetuningTask task = Task();
  task.save_to = folder_.path() / "saved";
  task.save_above = 1;
  const auto result = Run(task);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->is_saved);
}

TEST_F(FinetuningTest, DrawnWeightsAreOthersThanTheModels) {
  FinetuningTask task = Task();
  task.settings.epochs = 0.01;  // one step
  const auto weights = [&](StartingWeights starting, const std::string& name) {
    task.weights = starting;
    task.save_to = folder_.path() / name;
    std::filesystem::create_directories(task.save_to);
    EXPECT_TRUE(Run(task).ok());
    const auto file = SafetensorsFile::Open((task.save_to / "model.safetensors").string());
    return *ToFloat32((*file)->tensors().at("electra.embeddings_project.weight"));
  };
  const std::vector<float> of_model = weights(StartingWeights::kOfModel, "of_model");
  const std::vector<float> drawn = weights(StartingWeights::kDrawn, "drawn");
  double model_square = 0;
  double drawn_square = 0;
  for (float value : of_model) model_square += value * value;
  for (float value : drawn) drawn_square += value * value;
  // 0.2 wide uniform weights deviate by 0.058, drawn ones by 0.02.
  EXPECT_GT(model_square, 4 * drawn_square);
}

TEST_F(FinetuningTest, EndsSoonAfterItIsStopped) {
  int steps = 0;
  const auto result = RunFinetuning(Task(), stop_, [&](double) {
    if (++steps == 2) stop_.Request(StopReason::kPreempt);
  });
  EXPECT_TRUE(absl::IsCancelled(result.status())) << result.status();
  EXPECT_EQ(steps, 2);
}

TEST_F(FinetuningTest, AMissingModelIsNamed) {
  FinetuningTask task = Task();
  task.model = folder_.path() / "nowhere";
  EXPECT_THAT(std::string(Run(task).status().message()), HasSubstr("nowhere"));
}

TEST(FinetuningHyperparametersTest, AreThoseOfElectrasFineTuning) {
  const Hyperparameters small = FinetuningHyperparameters({}, {.hidden_size = 256}, 3);
  EXPECT_DOUBLE_EQ(small.learning_rate, 1e-4);
  EXPECT_DOUBLE_EQ(small.layerwise_lr_decay, 0.8);
  EXPECT_DOUBLE_EQ(small.weight_decay, 0.01);
  EXPECT_DOUBLE_EQ(small.warmup_ratio, 0.1);
  EXPECT_EQ(small.seed, 3);
  const Hyperparameters large = FinetuningHyperparameters({}, {.hidden_size = 1024}, 1);
  EXPECT_DOUBLE_EQ(large.learning_rate, 5e-5);
  EXPECT_DOUBLE_EQ(large.layerwise_lr_decay, 0.9);
  EXPECT_DOUBLE_EQ(FinetuningHyperparameters({.learning_rate = 1e-3}, {}, 1).learning_rate, 1e-3);
}

}  // namespace
}  // namespace electra

// Weights of tokens, and a table on top of another, in whole jobs.
#include "core/loop/domain_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/loop/checkpoint.h"
#include "core/text/vocabulary.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::Contains;
using ::testing::Property;

const NamedArray& Named(const std::vector<NamedArray>& arrays, const std::string& name) {
  for (const NamedArray& array : arrays) {
    if (array.name == name) return array;
  }
  throw std::out_of_range(name);
}

class DomainTokensTest : public LoopTest {
 protected:
  // `words` in each of the lines, with numbers that make them different.
  std::string Lines(const std::string& words, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) absl::StrAppend(&text, words, " ", i, " ", words, "\n");
    return text;
  }

  TrainingTask TaskOn(const std::string& job, const std::string& text) {
    TrainingTask task = Task(job);
    task.corpus_path = folder_.path() / (job + ".txt");
    task.corpus_sha256 = job;
    std::ofstream(task.corpus_path, std::ios::binary) << text;
    return task;
  }

  // With general text besides the domain's.
  TrainingTask Mixed(const std::string& job, const std::string& text) {
    TrainingTask task = TaskOn(job, text);
    const std::filesystem::path general = folder_.path() / "general.txt";
    std::ofstream(general, std::ios::binary) << Lines("모델 일반", 30);
    task.more_corpora = {
        {.path = general, .reading = {.display_name = "general.txt"}, .sha256 = "general"}};
    task.hyperparameters.disc_token_weights = DiscTokenWeights::kDomain;
    return task;
  }

  LoadedCheckpoint NewestOf(const TrainingTask& task) const {
    std::vector<Message> warnings;
    auto loaded = LoadNewestCheckpoint(task.job_dir / "checkpoints", &warnings);
    EXPECT_TRUE(loaded.ok() && loaded->has_value());
    return **std::move(loaded);
  }

  // The word's weight in the job's checkpoint.
  float WeightOf(const TrainingTask& task, const std::string& word) const {
    const auto vocabulary = VocabularyOf(task);
    for (int32_t id = 0; id < vocabulary.size(); ++id) {
      if (vocabulary.Token(id) != word) continue;
      const LoadedCheckpoint checkpoint = NewestOf(task);
      return Named(checkpoint.state.extras, "discriminator.token_weights")
          .values.at(static_cast<size_t>(id));
    }
    throw std::out_of_range(word);
  }

  Vocabulary VocabularyOf(const TrainingTask& task) const {
    std::ifstream file(task.job_dir / "vocab.txt", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return *Vocabulary::Parse(text, "vocab.txt");
  }

  TrainingOutcome Train(const TrainingTask& task) {
    const auto outcome = trainer_->Train(task, recorder_, {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *outcome : TrainingOutcome{};
  }

  Recorder recorder_;
};

TEST_F(DomainTokensTest, TheJobsOtherCorporaAreWhatItsFirstIsComparedWith) {
  const TrainingTask task = Mixed("job", Lines("데이터 모델", 30));
  Train(task);
  EXPECT_THAT(recorder_.messages, Contains(Property(&Message::code, "DOMAIN_TOKENS_FOUND")));
  EXPECT_GT(WeightOf(task, "데이터"), 2);
  EXPECT_NEAR(WeightOf(task, "모델"), 1, 0.1);
  EXPECT_EQ(WeightOf(task, "일반"), 1);
  EXPECT_EQ(WeightOf(task, "[UNK]"), 1);
}

// It expects what it was trained on.
TEST_F(DomainTokensTest, WithoutOthersTheImportedGeneratorIs) {
  TrainingTask base = TaskOn("base", Lines("데이터 모델", 60) + Lines("언어 코드", 3));
  base.hyperparameters.learning_rate = 3e-3;
  base.hyperparameters.max_steps = 80;
  base.hyperparameters.eval_steps = 0;
  base.hyperparameters.sample_every = 0;
  base.hyperparameters.save_steps = 0;
  const TrainingOutcome trained = Train(base);
  TrainingTask task = TaskOn("job", Lines("데이터 모델", 30) + Lines("언어 코드", 30));
  task.pretrained_dir = trained.model_dir;
  task.hyperparameters.disc_token_weights = DiscTokenWeights::kDomain;
  Train(task);
  EXPECT_GT(WeightOf(task, "언어"), WeightOf(task, "데이터") + 0.3);
  EXPECT_GT(WeightOf(task, "코드"), WeightOf(task, "모델") + 0.3);
}

TEST_F(DomainTokensTest, ANewGeneratorAloneIsRefused) {
  TrainingTask task = TaskOn("job", Lines("데이터 모델", 30));
  task.hyperparameters.disc_token_weights = DiscTokenWeights::kDomain;
  const absl::Status status = trainer_->Train(task, recorder_, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MessageOf(status).code(), "NOTHING_TO_WEIGH_TOKENS_BY");
  EXPECT_TRUE(recorder_.steps.empty());
}

void ExpectSame(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].values, b[i].values) << a[i].name;
}

// The checkpoint has the weights, and both addends of a sum; with an average, those of the average.
TEST_F(DomainTokensTest, AStoppedRunGoesOnBitByBit) {
  for (const double decay : {0.0, 0.9}) {
    const auto task = [&](const std::string& job) {
      TrainingTask task = Mixed(absl::StrCat(job, decay), Lines("데이터 모델 학습", 30));
      task.hyperparameters.shared_embeddings = SharedEmbeddings::kGdes;
      task.hyperparameters.ema_decay = decay;
      task.corpus_sha256 = "text";
      return task;
    };
    const TrainingTask whole = task("whole");
    Train(whole);
    const TrainingTask stopped = task("stopped");
    for (const int64_t stop_at : {1, 4, 100}) {
      Recorder recorder;
      StopSignal stop;
      recorder.after_step = [&](int64_t step) {
        if (step == stop_at) stop.Request(StopReason::kShutdown);
      };
      ASSERT_TRUE(trainer_->Train(stopped, recorder, stop).ok());
    }
    const SessionState a = NewestOf(whole).state;
    const SessionState b = NewestOf(stopped).state;
    EXPECT_EQ(a.step, 6);
    ASSERT_EQ(a.extras.size(), 2u);
    ExpectSame(a.generator, b.generator);
    ExpectSame(a.discriminator, b.discriminator);
    ExpectSame(a.extras, b.extras);
    ExpectSame(a.trained, b.trained);
    ExpectSame(a.second_moments, b.second_moments);
  }
}

// As it is downloaded, the discriminator needs no other network.
TEST_F(DomainTokensTest, TheSavedDiscriminatorHasTheSumOfBothTables) {
  TrainingTask task = TaskOn("job", Lines("데이터 모델", 30));
  task.hyperparameters.shared_embeddings = SharedEmbeddings::kGdes;
  Train(task);
  const std::string word = "electra.embeddings.word_embeddings.weight";
  const SessionState state = NewestOf(task).state;
  const std::vector<float>& base = Named(state.generator, word).values;
  const std::vector<float>& own = Named(state.extras, "discriminator.own_word_embeddings").values;
  const std::vector<float>& sum = Named(state.discriminator, word).values;
  ASSERT_EQ(sum.size(), base.size());
  ASSERT_EQ(sum.size(), own.size());
  double most = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    EXPECT_EQ(sum[i], base[i] + own[i]) << i;
    most = std::max(most, std::abs(static_cast<double>(own[i])));
  }
  EXPECT_GT(most, 0);
}

}  // namespace
}  // namespace electra

// Jobs of several corpora, and evaluations of further ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/loop/bad_steps.h"
#include "core/loop/checkpoint_folders.h"
#include "core/loop/prepare.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class MixTest : public LoopTest {
 protected:
  CorpusSource Source(const std::string& name, const std::string& word, int lines) {
    const std::filesystem::path path = folder_.path() / name;
    std::ofstream file(path, std::ios::binary);
    for (int i = 0; i < lines; ++i) file << word << " " << i << " " << word << " " << i / 2 << "\n";
    return {.path = path, .reading = {.display_name = name}, .sha256 = name};
  }

  TrainingTask Mixed(const std::string& job) {
    TrainingTask task = Task(job);
    task.more_corpora = {Source("general.txt", "일반", 20)};
    task.mix = {0.75, 0.25};
    return task;
  }

  PreparedCorpus Prepare(const TrainingTask& task, Recorder& recorder) {
    auto corpus = PrepareCorpus(task, nullptr, recorder, {});
    EXPECT_TRUE(corpus.ok()) << corpus.status();
    return *std::move(corpus);
  }

  TrainingOutcome Train(const TrainingTask& task, Recorder& recorder, const StopSignal& stop = {}) {
    const auto outcome = trainer_->Train(task, recorder, stop);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *outcome : TrainingOutcome{};
  }
};

TEST_F(MixTest, TextIsHeldOutOfTheFirstCorpusAlone) {
  WriteSentences(60);
  TrainingTask task = Mixed("job");
  task.hyperparameters.validation_split_percentage = 20;
  Recorder recorder;
  const PreparedCorpus corpus = Prepare(task, recorder);
  ASSERT_THAT(corpus.cache->part_ends(), ElementsAre(60, 80));
  EXPECT_THAT(corpus.split.validation, SizeIs(12));
  for (const uint64_t sequence : corpus.split.validation) {
    EXPECT_LT(corpus.cache->sequence_samples()[sequence], 60u);
  }
  EXPECT_THAT(corpus.split.train, SizeIs(68));
}

TEST_F(MixTest, WithoutSharesAnEpochReadsEachCorpusOnce) {
  WriteSentences(60);
  TrainingTask task = Mixed("job");
  task.mix.clear();
  Recorder recorder;
  const PreparedCorpus corpus = Prepare(task, recorder);
  EXPECT_FALSE(corpus.mixed.has_value());
  EXPECT_EQ(corpus.sequences_per_epoch(), static_cast<int64_t>(corpus.split.train.size()));
}

TEST_F(MixTest, AnInterruptedMixGoesOnBitByBit) {
  WriteSentences(60);
  Recorder whole;
  const TrainingOutcome undisturbed = Train(Mixed("whole"), whole);
  Recorder first;
  StopSignal stop;
  first.after_step = [&stop](int64_t step) {
    if (step == 3) stop.Request(StopReason::kPause);
  };
  Train(Mixed("parts"), first, stop);
  Recorder second;
  const TrainingOutcome resumed = Train(Mixed("parts"), second);
  EXPECT_EQ(second.resumed, 3);
  ASSERT_THAT(second.steps, SizeIs(3));
  EXPECT_EQ(second.steps.back().loss.combined_loss, whole.steps.back().loss.combined_loss);
  const auto read = [](const std::filesystem::path& model) {
    std::ifstream file(model / "discriminator/model.safetensors", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(read(resumed.model_dir), read(undisturbed.model_dir));
  // And the mix differs from the first corpus.
  Recorder alone;
  Train(Task("alone"), alone);
  EXPECT_NE(alone.steps.back().loss.combined_loss, whole.steps.back().loss.combined_loss);
}

TEST_F(MixTest, WhatIsHeldOutIsTrainedOnInNoCorpus) {
  WriteCorpus("같은 문장\n다른 문장\n셋째 문장\n넷째 문장\n");
  TrainingTask task = Task("job");
  task.hyperparameters.batch_size = 1;
  task.hyperparameters.validation_split_percentage = 50;
  task.more_corpora = {{.path = folder_.path() / "copy.txt",
                        .reading = {.display_name = "copy.txt"},
                        .sha256 = "copy"}};
  std::filesystem::copy_file(task.corpus_path, task.more_corpora[0].path);
  task.mix = {0.5, 0.5};
  Recorder recorder;
  const PreparedCorpus corpus = Prepare(task, recorder);
  EXPECT_THAT(corpus.split.validation, SizeIs(2));
  EXPECT_THAT(corpus.split.train, SizeIs(4));
  for (const uint64_t sequence : corpus.split.train) {  // as many sequences as samples
    EXPECT_THAT(corpus.split.validation, Not(Contains(sequence % 4)));
  }
}

TEST_F(MixTest, ABatchOfSeveralCorporaIsDescribedByEach) {
  WriteCorpus("데이터 모델\n학습 서버\n");
  TrainingTask task = Task("job");
  task.hyperparameters.batch_size = 1;
  task.more_corpora = {Source("general.txt", "일반", 3)};
  Recorder recorder;
  const PreparedCorpus corpus = Prepare(task, recorder);
  EXPECT_EQ(DescribeSource(task, *corpus.cache, std::vector<uint64_t>{1, 2, 4}).text(),
            "lines 2 of corpus.txt, lines 1, 3 of general.txt");
}

TEST_F(MixTest, EvaluationCorporaAreEvaluatedEachTime) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.eval_corpora = {{.name = "general", .source = Source("general.txt", "모델 학습", 20)},
                       {.name = "other", .source = Source("other.txt", "코드 언어", 10)}};
  Recorder recorder;
  Train(task, recorder);
  ASSERT_THAT(recorder.evaluations, SizeIs(3));
  for (const EvaluationMetrics& evaluation : recorder.evaluations) {
    ASSERT_THAT(evaluation.eval_corpora, SizeIs(2));
    EXPECT_EQ(evaluation.eval_corpora[0].eval_corpus, "general");
    EXPECT_EQ(evaluation.eval_corpora[0].step, evaluation.step);
    EXPECT_EQ(evaluation.eval_corpora[1].eval_corpus, "other");
    EXPECT_GT(evaluation.eval_corpora[0].token_count, evaluation.eval_corpora[1].token_count);
    EXPECT_NE(evaluation.eval_corpora[0].loss.combined_loss, evaluation.loss.combined_loss);
  }
  // They affect neither the training nor the evaluation of held-out text.
  Recorder alone;
  Train(Task("alone"), alone);
  EXPECT_EQ(alone.steps.back().loss.combined_loss, recorder.steps.back().loss.combined_loss);
  EXPECT_EQ(alone.evaluations.back().loss.combined_loss,
            recorder.evaluations.back().loss.combined_loss);
}

TEST_F(MixTest, TheFirstEvaluationCorpusStandsForHeldOutText) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.validation_split_percentage = 0;
  task.eval_corpora = {{.name = "general", .source = Source("general.txt", "모델 학습", 20)}};
  Recorder recorder;
  Train(task, recorder);
  ASSERT_THAT(recorder.evaluations, SizeIs(3));
  EXPECT_EQ(recorder.evaluations[2].eval_corpus, "");
  EXPECT_EQ(recorder.evaluations[2].loss.combined_loss,
            recorder.evaluations[2].eval_corpora[0].loss.combined_loss);
  EXPECT_THAT(recorder.confusions, SizeIs(3));
}

TEST_F(MixTest, AnEvaluationCorpusDecidesWhichModelIsTheBest) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.load_best_model_at_end = true;
  task.hyperparameters.metric_eval_corpus = "general";
  task.hyperparameters.eval_steps = 2;
  task.eval_corpora = {{.name = "general", .source = Source("general.txt", "모델 학습", 20)}};
  Recorder recorder;
  const TrainingOutcome outcome = Train(task, recorder);
  const EvaluationMetrics* best = &recorder.evaluations.front();
  for (const EvaluationMetrics& evaluation : recorder.evaluations) {
    if (evaluation.eval_corpora[0].loss.combined_loss < best->eval_corpora[0].loss.combined_loss) {
      best = &evaluation;
    }
  }
  EXPECT_EQ(StepOfCheckpoint(outcome.model_dir), best->step);
  EXPECT_THAT(outcome.note.text(), HasSubstr("combined loss of general"));
}

TEST_F(MixTest, EvaluatedTextThatIsTrainedOnIsSaid) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.validation_split_percentage = 0;
  task.eval_corpora = {
      {.name = "books",
       .source = {.path = task.corpus_path, .reading = task.corpus, .sha256 = "test"}}};
  Recorder recorder;
  Train(task, recorder);
  EXPECT_THAT(recorder.warnings,
              Contains(HasSubstr("60 of 60 evaluated sequences of books are trained on too")));
}

}  // namespace
}  // namespace electra

// What a job may ask of the training loop beyond steps, samples and checkpoints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/loop/advice.h"
#include "core/loop/bad_steps.h"
#include "core/loop/best_evaluation.h"
#include "core/loop/checkpoint.h"
#include "core/loop/checkpoint_folders.h"
#include "core/probe/probe_set.h"
#include "core/session/device.h"
#include "core/text/token_cache_build.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LoopOptionsTest : public LoopTest {
 protected:
  TrainingOutcome Train(const TrainingTask& task, Recorder& recorder) {
    StopSignal never;
    const auto outcome = trainer_->Train(task, recorder, never);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *outcome : TrainingOutcome{};
  }

  std::vector<std::string> CheckpointNames(const std::string& job) const {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder_.path() / job / "checkpoints")) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  LoadedCheckpoint Newest(const std::string& job) const {
    std::vector<Message> warnings;
    auto loaded = LoadNewestCheckpoint(folder_.path() / job / "checkpoints", &warnings);
    EXPECT_TRUE(loaded.ok() && loaded->has_value());
    return **std::move(loaded);
  }
};

void ExpectEqual(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].values, b[i].values) << a[i].name;
}

TEST_F(LoopOptionsTest, WithEveryOptionAStoppedRunGoesOnBitByBit) {
  WriteSentences(60);
  for (MaskUnit unit : {MaskUnit::kWord, MaskUnit::kSpan}) {
    const std::string name = unit == MaskUnit::kWord ? "word" : "span";
    const auto task = [&](const std::string& job) {
      TrainingTask task = Task(name + "_" + job);
      task.hyperparameters.mask_unit = unit;
      task.hyperparameters.random_token_prob = 0.2;
      task.hyperparameters.lr_scheduler_type = LrSchedulerType::kCosine;
      task.hyperparameters.layerwise_lr_decay = 0.8;
      task.hyperparameters.freeze_layers = 1;
      task.hyperparameters.ema_decay = 0.9;
      task.hyperparameters.disc_weight_warmup_steps = 4;
      task.hyperparameters.early_stopping_patience = 2;
      task.probe = {"데이터 모델", "학습 서버 언어"};
      return task;
    };
    Recorder undisturbed;
    const TrainingOutcome whole = Train(task("whole"), undisturbed);
    std::vector<StepMetrics> steps;
    TrainingOutcome outcome;
    for (int64_t stop_at : {1, 4, 100}) {
      Recorder recorder;
      StopSignal stop;
      recorder.after_step = [&](int64_t step) {
        if (step == stop_at) stop.Request(StopReason::kShutdown);
      };
      const auto result = trainer_->Train(task("stopped"), recorder, stop);
      ASSERT_TRUE(result.ok()) << result.status();
      outcome = *result;
      steps.insert(steps.end(), recorder.steps.begin(), recorder.steps.end());
    }
    EXPECT_EQ(outcome.model_dir.filename(), whole.model_dir.filename());
    EXPECT_EQ(outcome.note.text(), whole.note.text());
    ASSERT_EQ(steps.size(), undisturbed.steps.size());
    for (size_t i = 0; i < steps.size(); ++i) {
      EXPECT_EQ(steps[i].loss.combined_loss, undisturbed.steps[i].loss.combined_loss);
      EXPECT_EQ(steps[i].learning_rate, undisturbed.steps[i].learning_rate);
    }
    const LoadedCheckpoint a = Newest(name + "_whole");
    const LoadedCheckpoint b = Newest(name + "_stopped");
    ExpectEqual(a.state.generator, b.state.generator);
    ExpectEqual(a.state.discriminator, b.state.discriminator);
    ExpectEqual(a.state.trained, b.state.trained);
    ExpectEqual(a.state.second_moments, b.state.second_moments);
    EXPECT_EQ(a.best.value, b.best.value);
    EXPECT_EQ(a.best.evaluations_since, b.best.evaluations_since);
  }
}

// A learning rate that moves nothing: every evaluation is the first again, never lower.
TEST_F(LoopOptionsTest, AProcessorWithoutBFloat16RefusesIt) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.bf16 = Bf16::kTrue;
  const std::string lacks = ProcessorWithoutBFloat16();
  StopSignal never;
  Recorder recorder;
  const absl::Status trained = trainer_->Train(task, recorder, never).status();
  EXPECT_EQ(trained.ok(), lacks.empty()) << trained;
  EXPECT_EQ(trained, trainer_->CheckPrecision(task.hyperparameters, "cpu"));
  if (!lacks.empty()) {
    EXPECT_THAT(std::string(trained.message()),
                AllOf(HasSubstr(lacks), HasSubstr("avx512_bf16"), HasSubstr("leave bf16 at auto")));
  }
  EXPECT_TRUE(trainer_->CheckPrecision({}, "cpu").ok());
  EXPECT_TRUE(trainer_->CheckPrecision(task.hyperparameters, "cuda:0").ok());
}

TEST_F(LoopOptionsTest, StopsEarlyWithTheBestModel) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.learning_rate = 1e-30;
  task.hyperparameters.max_steps = 40;
  task.hyperparameters.eval_steps = 2;
  task.hyperparameters.save_steps = 1;
  task.hyperparameters.save_total_limit = 1;
  task.hyperparameters.early_stopping_patience = 3;
  Recorder recorder;
  const TrainingOutcome outcome = Train(task, recorder);
  EXPECT_EQ(outcome.stopped, StopReason::kNone);
  EXPECT_EQ(outcome.step, 6);
  EXPECT_EQ(recorder.evaluations.size(), 4u);
  EXPECT_EQ(outcome.model_dir.filename(), "step-00000000");
  EXPECT_THAT(outcome.note.text(), AllOf(HasSubstr("stopped early after step 6"),
                                         HasSubstr("the model is that of step 0")));
  // The best is kept beside the newest.
  EXPECT_THAT(CheckpointNames("job"), ElementsAre("best", "step-00000000", "step-00000006"));
  EXPECT_EQ(std::filesystem::canonical(task.job_dir / "checkpoints/best"),
            std::filesystem::canonical(outcome.model_dir));

  // A restart, as after a kill before the end was recorded, ends at once and alike.
  Recorder again;
  const TrainingOutcome repeated = Train(task, again);
  EXPECT_TRUE(again.steps.empty());
  EXPECT_EQ(repeated.model_dir, outcome.model_dir);
  EXPECT_EQ(repeated.note.text(), outcome.note.text());
}

TEST_F(LoopOptionsTest, TheBestIsTheLastWhereTrainingHelps) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.load_best_model_at_end = true;
  task.hyperparameters.save_total_limit = 1;
  Recorder recorder;
  const TrainingOutcome outcome = Train(task, recorder);
  ASSERT_LT(recorder.evaluations.back().loss.combined_loss,
            recorder.evaluations.front().loss.combined_loss);
  EXPECT_EQ(outcome.model_dir.filename(), "step-00000006");
  EXPECT_THAT(CheckpointNames("job"), ElementsAre("best", "step-00000006"));
}

TEST_F(LoopOptionsTest, TheBestIsByTheMetricThatWasAskedFor) {
  WriteSentences(60);
  for (const auto metric :
       {MetricForBestModel::kLoss, MetricForBestModel::kGeneratorLoss, MetricForBestModel::kF1}) {
    TrainingTask task = Task(absl::StrCat("job-", static_cast<int>(metric)));
    task.hyperparameters = Hyperparameters{.learning_rate = 5e-4,
                                           .max_steps = 12,
                                           .batch_size = 8,
                                           .max_length = 32,
                                           .eval_steps = 2,
                                           .metric_for_best_model = metric,
                                           .vocab_size = 120,
                                           .device = "cpu"};
    Recorder recorder;
    const TrainingOutcome outcome = Train(task, recorder);
    BestEvaluation best;
    for (const EvaluationMetrics& evaluation : recorder.evaluations) best.Add(evaluation, metric);
    ASSERT_TRUE(best.step.has_value());
    EXPECT_EQ(StepOfCheckpoint(outcome.model_dir), *best.step);
    EXPECT_EQ(outcome.note.text(), BestModelNote(best, task.hyperparameters, outcome.step).text());
  }
}

// The time is so short that a checkpoint is due at each step.
TEST_F(LoopOptionsTest, CheckpointsAreWrittenByTimeToo) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.save_steps = 0;
  task.hyperparameters.save_minutes = 1e-9;
  Recorder recorder;
  Train(task, recorder);
  std::vector<int64_t> steps;
  for (const CheckpointReport& checkpoint : recorder.checkpoints) steps.push_back(checkpoint.step);
  EXPECT_THAT(steps, ElementsAre(1, 2, 3, 4, 5, 6));

  task = Task("seldom");
  task.hyperparameters.save_steps = 0;
  task.hyperparameters.save_minutes = 1e6;
  Recorder seldom;
  Train(task, seldom);
  ASSERT_EQ(seldom.checkpoints.size(), 1u);
  EXPECT_EQ(seldom.checkpoints[0].step, 6);
}

// The time is so short that it is over after the first step.
TEST_F(LoopOptionsTest, AJobEndsWhenItsTimeIsOver) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.max_duration = 1e-9;
  task.hyperparameters.eval_steps = 1;
  task.hyperparameters.load_best_model_at_end = false;
  Recorder recorder;
  const TrainingOutcome outcome = Train(task, recorder);
  EXPECT_EQ(outcome.stopped, StopReason::kNone);
  EXPECT_EQ(outcome.step, 1);
  EXPECT_EQ(outcome.note.text(),
            "ended after step 1 of 6: it has trained for max_duration (1e-09 minutes)");
  EXPECT_EQ(outcome.model_dir.filename(), "step-00000001");
  ASSERT_EQ(recorder.evaluations.size(), 2u);  // before it and after it, not twice
  EXPECT_EQ(recorder.evaluations[1].step, 1);

  // A restart, as after a kill before the end was recorded, ends at once and alike.
  Recorder again;
  const TrainingOutcome repeated = Train(task, again);
  EXPECT_TRUE(again.steps.empty());
  EXPECT_EQ(repeated.model_dir, outcome.model_dir);
  EXPECT_EQ(repeated.note.text(), outcome.note.text());

  // Without a limit it goes on, as far as it would have come.
  task.hyperparameters.max_duration = 0;
  Recorder whole;
  EXPECT_EQ(Train(task, whole).step, 6);
}

TEST_F(LoopOptionsTest, AJobWhoseTimeIsOverHasItsBestModel) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.learning_rate = 1e-30;  // no evaluation is better than the first
  task.hyperparameters.load_best_model_at_end = true;
  task.hyperparameters.max_duration = 1e-9;
  Recorder recorder;
  const TrainingOutcome outcome = Train(task, recorder);
  EXPECT_EQ(outcome.model_dir.filename(), "step-00000000");
  EXPECT_EQ(outcome.note.code(), "ENDED_WITH_BEST_MODEL");
  EXPECT_EQ(outcome.note.Inner("ending").code(), "MAX_DURATION_REACHED");
  EXPECT_THAT(outcome.note.text(), AllOf(HasSubstr("ended after step 1 of 6"),
                                         HasSubstr("the model is that of step 0")));
}

TEST_F(LoopOptionsTest, EnoughTimeChangesNothing) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.max_duration = 1e6;
  Recorder recorder;
  const TrainingOutcome outcome = Train(task, recorder);
  EXPECT_EQ(outcome.step, 6);
  EXPECT_EQ(outcome.note.text().find("max_duration"), std::string::npos);
}

// After a kill of the daemon, steps that no checkpoint holds are done again, and their tokens and
// time are counted once.
TEST_F(LoopOptionsTest, ARunSaysFromWhereItGoesOn) {
  WriteSentences(60);
  const TrainingTask task = Task("job");
  Recorder first;
  Train(task, first);
  EXPECT_EQ(first.resumed, 0);
  std::filesystem::remove_all(task.job_dir / "checkpoints/step-00000006");
  Recorder second;
  Train(task, second);
  EXPECT_EQ(second.resumed, 4);
  EXPECT_EQ(second.steps.front().step, 5);
  EXPECT_EQ(second.steps.front().tokens_seen, first.steps[4].tokens_seen);
  EXPECT_GT(second.steps.front().run_seconds, first.steps[3].run_seconds);
  std::filesystem::remove_all(task.job_dir / "checkpoints");
  Recorder third;
  Train(task, third);
  EXPECT_EQ(third.resumed, 0);
  EXPECT_EQ(third.steps.size(), 6u);
}

TEST_F(LoopOptionsTest, AStopBeforeTheFirstStepNamesTheCheckpointToGoOnFrom) {
  WriteSentences(60);
  const TrainingTask task = Task("job");
  StopSignal stop;
  stop.Request(StopReason::kPause);
  Recorder recorder;
  const auto none = trainer_->Train(task, recorder, stop);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->step, 0);
  EXPECT_TRUE(none->model_dir.empty());
  Train(task, recorder);
  std::filesystem::remove_all(task.job_dir / "checkpoints/step-00000006");
  // Its words are counted again, and that is where it stops.
  std::filesystem::remove(task.job_dir / "vocab.txt");
  const auto outcome = trainer_->Train(task, recorder, stop);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->step, 4);
  EXPECT_EQ(StepOfCheckpoint(outcome->model_dir), 4);
}

// Every evaluation is the first again, and its checkpoint is gone.
TEST_F(LoopOptionsTest, ABestThatIsLostIsFoundAnew) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.learning_rate = 1e-30;
  task.hyperparameters.load_best_model_at_end = true;
  Recorder first;
  EXPECT_THAT(Train(task, first).note.text(), HasSubstr("the model is that of step 0"));
  const std::filesystem::path checkpoints = task.job_dir / "checkpoints";
  for (const char* gone : {"step-00000000", "step-00000006"}) {
    std::filesystem::remove_all(checkpoints / gone);
  }
  Recorder again;
  const TrainingOutcome outcome = Train(task, again);
  EXPECT_EQ(again.resumed, 4);
  EXPECT_EQ(outcome.model_dir, checkpoints / "step-00000006");
  EXPECT_THAT(outcome.note.text(), HasSubstr("the model is that of step 6"));
}

TEST_F(LoopOptionsTest, ProbeSentencesAreShownAtEverySampleWithTheSameMasks) {
  WriteSentences(60);
  TrainingTask task = Task("probed");
  task.hyperparameters.max_steps = 5;
  task.probe = {"데이터 모델 학습 서버", "언어 코드"};
  Recorder recorder;
  Train(task, recorder);
  std::vector<SampleReport> first;
  std::vector<int64_t> steps;
  for (const SampleReport& sample : recorder.samples) {
    if (sample.probe == 1) steps.push_back(sample.step);
    if (sample.probe == 1) first.push_back(sample);
  }
  // Before the first step, at each sample, and after the last.
  EXPECT_THAT(steps, ElementsAre(0, 2, 4, 5));
  EXPECT_EQ(recorder.samples.size(), 2u + 2 * 4);
  std::string text;
  for (const SampleToken& token : first[0].tokens) text += token.text;
  EXPECT_EQ(text, "데이터모델학습서버");
  for (const SampleReport& sample : first) {
    ASSERT_EQ(sample.tokens.size(), first[0].tokens.size());
    for (size_t i = 0; i < sample.tokens.size(); ++i) {
      EXPECT_EQ(sample.tokens[i].masked, first[0].tokens[i].masked);
    }
  }
  EXPECT_NE(first[0].tokens[1].fake_probability, first[3].tokens[1].fake_probability);
  // Each has the losses of its own tokens.
  for (size_t i = 0; i < 2; ++i) {
    const SampleReport& sample = recorder.samples[i];
    double expected = 0;
    for (const SampleToken& token : sample.tokens) {
      const double probability = token.fake_probability;
      expected -= std::log(token.fake != token.original ? probability : 1 - probability);
    }
    EXPECT_NEAR(sample.loss.discriminator_loss,
                expected / static_cast<double>(sample.tokens.size()), 1e-3);
  }
  EXPECT_NE(recorder.samples[0].loss.generator_loss, recorder.samples[1].loss.generator_loss);

  // Training does not know of it.
  task.probe = {};
  task.job_dir = folder_.path() / "unprobed";
  std::filesystem::create_directories(task.job_dir);
  Recorder unprobed;
  Train(task, unprobed);
  ExpectEqual(Newest("probed").state.discriminator, Newest("unprobed").state.discriminator);
}

// Where no pair of pieces is frequent enough to become a token, every syllable is one.
TEST_F(LoopOptionsTest, WordsAreMaskedWhole) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.min_frequency = 1'000'000;
  task.hyperparameters.mask_unit = MaskUnit::kWord;
  task.hyperparameters.mlm_probability = 0.4;
  task.hyperparameters.max_steps = 12;
  task.hyperparameters.sample_every = 1;
  Recorder recorder;
  Train(task, recorder);
  int masked_pieces = 0;
  for (const SampleReport& sample : recorder.samples) {
    for (size_t i = 1; i < sample.tokens.size(); ++i) {
      if (!sample.tokens[i].original.starts_with("##")) continue;
      EXPECT_EQ(sample.tokens[i].masked, sample.tokens[i - 1].masked) << sample.step << " " << i;
      masked_pieces += sample.tokens[i].masked;
    }
  }
  EXPECT_GT(masked_pieces, 10);
}

// The first of 50 steps to a weight of 50 is that of a weight of 1.
TEST_F(LoopOptionsTest, TheDiscriminatorsWeightRises) {
  WriteSentences(60);
  TrainingTask task = Task("rising");
  task.hyperparameters.max_steps = 1;
  task.hyperparameters.disc_weight_warmup_steps = 50;
  Recorder rising;
  Train(task, rising);
  task = Task("one");
  task.hyperparameters.max_steps = 1;
  task.hyperparameters.disc_weight = 1;
  Recorder one;
  Train(task, one);
  EXPECT_EQ(rising.steps[0].loss.combined_loss, one.steps[0].loss.combined_loss);
  ExpectEqual(Newest("rising").state.discriminator, Newest("one").state.discriminator);
}

TEST_F(LoopOptionsTest, EvaluationsOfOtherHyperparametersHaveTheSameMasks) {
  WriteSentences(200);
  TrainingTask task = Task("a");
  task.hyperparameters.validation_split_percentage = 30;
  task.hyperparameters.max_steps = 1;
  Recorder a;
  Train(task, a);
  task.job_dir = folder_.path() / "b";
  std::filesystem::create_directories(task.job_dir);
  task.hyperparameters.batch_size = 3;
  task.hyperparameters.mask_unit = MaskUnit::kSpan;
  task.hyperparameters.mlm_probability = 0.3;
  task.hyperparameters.replace_prob = 1;
  task.hyperparameters.random_token_prob = 0.5;
  task.hyperparameters.ema_decay = 0.9;
  Recorder b;
  Train(task, b);
  EXPECT_EQ(a.evaluations[0].loss.generator_loss, b.evaluations[0].loss.generator_loss);
  EXPECT_EQ(a.evaluations[0].loss.discriminator_loss, b.evaluations[0].loss.discriminator_loss);
}

TEST_F(LoopOptionsTest, WhatCannotGoWellIsSaidFirst) {
  WriteSentences(12);
  TrainingTask task = Task("job");
  task.hyperparameters.batch_size = 2;
  task.hyperparameters.learning_rate = 2e-3;
  task.hyperparameters.max_steps = 60;
  task.hyperparameters.max_length = 8;
  task.probe = {"데이터 모델 학습 서버 언어 코드 데이터 모델 학습 서버"};
  Recorder recorder;
  StopSignal stop;
  recorder.after_step = [&](int64_t) { stop.Request(StopReason::kCancel); };
  ASSERT_TRUE(trainer_->Train(task, recorder, stop).ok());
  EXPECT_THAT(recorder.warnings, Contains(HasSubstr("far too high for steps of 2 sequences")));
  EXPECT_THAT(recorder.warnings, Contains(HasSubstr("will memorize them")));
  EXPECT_THAT(recorder.warnings, Contains(HasSubstr("probe sentence 1 has more than max_length")));
}

TEST_F(LoopOptionsTest, MoreFrozenLayersThanTheModelHasAreRefused) {
  WriteSentences(60);
  TrainingTask task = Task("job");
  task.hyperparameters.freeze_layers = 3;
  Recorder recorder;
  StopSignal stop;
  const absl::Status status = trainer_->Train(task, recorder, stop).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the model has 2 layers"));
}

// Blank lines and lines without a token are not samples, but count as lines.
TEST_F(LoopOptionsTest, ABatchIsDescribedByTheCorpusesLines) {
  WriteCorpus("첫째\n\n\xE2\x80\x8B\n둘째 줄\n셋째\n");
  TrainingTask task = Task("job");
  const Tokenizer tokenizer(std::make_shared<const Vocabulary>(*Vocabulary::Parse(
                                "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "vocab.txt")),
                            {});
  auto reader = CorpusReader::Open(task.corpus_path, task.corpus);
  ASSERT_TRUE(reader.ok());
  const std::filesystem::path dir = folder_.path() / "cache";
  ASSERT_TRUE(BuildTokenCache(**reader, tokenizer, {.max_length = 8}, dir, nullptr).ok());
  const auto cache = TokenCache::Open(dir);
  ASSERT_TRUE(cache.ok());
  ASSERT_EQ((*cache)->counts().samples, 3u);
  EXPECT_EQ(DescribeSource(task, **cache, std::vector<uint64_t>{2, 0}).text(),
            "lines 1, 5 of corpus.txt");
  task.corpus_path = folder_.path() / "gone";
  EXPECT_EQ(DescribeSource(task, **cache, std::vector<uint64_t>{2, 0}).text(),
            "samples 1, 3 of corpus.txt");
}

// The average starts at the imported weights, and so do the trained weights.
TEST_F(LoopOptionsTest, AnImportedModelIsWhereTrainingWithAnAverageBegins) {
  WriteSentences(60);
  Recorder first;
  StopSignal stop;
  const auto imported = trainer_->Train(Task("imported"), first, stop);
  ASSERT_TRUE(imported.ok()) << imported.status();
  std::vector<double> losses;  // of the first step, before any update
  for (double decay : {0.0, 0.9}) {
    TrainingTask task = Task(decay == 0 ? "without" : "with");
    task.pretrained_dir = imported->model_dir;
    task.hyperparameters.ema_decay = decay;
    task.hyperparameters.max_steps = 1;
    Recorder recorder;
    const auto outcome = trainer_->Train(task, recorder, stop);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(recorder.steps.size(), 1u);
    losses.push_back(recorder.steps[0].loss.combined_loss);
  }
  EXPECT_EQ(losses[0], losses[1]);
}

}  // namespace
}  // namespace electra

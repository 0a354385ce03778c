#include "core/loop/job_checkpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/loop/checkpoint_folders.h"
#include "tests/core/loop/loop_rig.h"

namespace electra {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class JobCheckpointsTest : public ::testing::Test {
 protected:
  JobCheckpointsTest() {
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

  CheckpointWriterOptions Options() {
    return {.checkpoints_dir = folder_.path() / "checkpoints",
            .model = model_,
            .tokenizer = tokenizer_,
            .observer = recorder_};
  }

  CheckpointCopy Copy(int64_t step) const {
    TrainingSession session({.model = model_, .hyperparameters = {}, .device = "cpu"});
    CheckpointCopy copy{.state = session.CopyState(), .tokens_seen = 10 * step};
    copy.state.step = step;
    return copy;
  }

  TemporaryFolder folder_;
  ModelConfig model_;
  const Tokenizer tokenizer_{std::make_shared<const Vocabulary>(*Vocabulary::Parse(
                                 "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "vocab.txt")),
                             {}};
  Recorder recorder_;
  const std::thread::id main_ = std::this_thread::get_id();
};

TEST_F(JobCheckpointsTest, ReportsEachOnceWhenItIsWhole) {
  JobCheckpoints checkpoints(Options());
  ASSERT_TRUE(checkpoints.Await().ok());  // none is being written
  checkpoints.Start(Copy(4));
  EXPECT_EQ(checkpoints.last_step(), 4);
  EXPECT_TRUE(checkpoints.whole().empty());
  ASSERT_TRUE(checkpoints.Await().ok());
  ASSERT_TRUE(checkpoints.Await().ok());
  ASSERT_TRUE(checkpoints.ReportDone().ok());
  ASSERT_THAT(recorder_.checkpoints, SizeIs(1));
  EXPECT_EQ(recorder_.checkpoints[0].step, 4);
  EXPECT_EQ(checkpoints.whole_step(), 4);
  EXPECT_EQ(checkpoints.whole(), recorder_.checkpoints[0].path);
}

TEST_F(JobCheckpointsTest, AsManyStayAsAreAdmitted) {
  CheckpointWriterOptions options = Options();
  options.keep = 1000;
  JobCheckpoints checkpoints(options);
  std::vector<size_t> older_sizes;
  recorder_.admit = [&](int64_t, std::span<const int64_t> older) {
    older_sizes.push_back(older.size());
    return std::min<size_t>(older.size(), 1);
  };
  for (int64_t step = 1; step <= 5; ++step) {
    checkpoints.Start(Copy(step));
    ASSERT_TRUE(checkpoints.Await().ok());
  }
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), ElementsAre(4, 5));
  EXPECT_THAT(older_sizes, ElementsAre(0u, 1u, 2u, 2u, 2u));
  // Each request is for at least the size taken, and not much more.
  for (size_t i = 0; i < recorder_.checkpoints.size(); ++i) {
    EXPECT_GE(recorder_.needed_bytes[i], recorder_.checkpoints[i].size_bytes);
    EXPECT_LT(recorder_.needed_bytes[i], recorder_.checkpoints[i].size_bytes + (512 << 10));
  }
}

TEST_F(JobCheckpointsTest, TheBestIsAskedForWithTheNewest) {
  CheckpointWriterOptions options = Options();
  options.keep = 2;
  JobCheckpoints checkpoints(options);
  std::vector<std::vector<int64_t>> older_sizes;
  recorder_.admit = [&](int64_t, std::span<const int64_t> older) {
    older_sizes.emplace_back(older.begin(), older.end());
    return size_t{0};
  };
  CheckpointCopy best = Copy(1);
  best.is_best = true;
  checkpoints.Start(std::move(best));
  ASSERT_TRUE(checkpoints.Await().ok());
  for (const int64_t step : {2, 3}) {
    checkpoints.Start(Copy(step));
    ASSERT_TRUE(checkpoints.Await().ok());
  }
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), ElementsAre(1, 3));
  EXPECT_GE(recorder_.needed_bytes[1],
            recorder_.checkpoints[0].size_bytes + recorder_.checkpoints[1].size_bytes);
  EXPECT_THAT(older_sizes[1], ElementsAre(0));  // the best is the newest: it costs nothing more
}

TEST_F(JobCheckpointsTest, OneThatIsNotAdmittedIsNotWritten) {
  JobCheckpoints checkpoints(Options());
  checkpoints.Start(Copy(4));
  ASSERT_TRUE(checkpoints.Await().ok());
  EXPECT_FALSE(checkpoints.is_refused());
  recorder_.admit = [](int64_t, std::span<const int64_t>) { return std::nullopt; };
  checkpoints.Start(Copy(5));
  ASSERT_TRUE(checkpoints.Await().ok());
  EXPECT_TRUE(checkpoints.is_refused());
  EXPECT_EQ(checkpoints.whole_step(), 4);
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), ElementsAre(4));
  EXPECT_THAT(recorder_.checkpoints, SizeIs(1));
}

TEST_F(JobCheckpointsTest, TrainingGoesOnWhileACopyIsOnItsWay) {
  JobCheckpoints checkpoints(Options());
  absl::Notification has_arrived;
  std::thread::id fetcher;
  CheckpointCopy copy = Copy(4);
  const std::string name = copy.state.generator.front().name;
  copy.fetch = [&](SessionState& state) {
    fetcher = std::this_thread::get_id();
    if (fetcher != main_) has_arrived.WaitForNotification();
    state.generator.front().values.front() = 0.25F;
  };
  checkpoints.Start(std::move(copy));
  ASSERT_TRUE(checkpoints.ReportDone().ok());
  EXPECT_THAT(recorder_.checkpoints, IsEmpty());
  has_arrived.Notify();
  ASSERT_TRUE(checkpoints.Await().ok());
  EXPECT_NE(fetcher, main_);
  const auto loaded = checkpoints.LoadNewest();
  ASSERT_TRUE(loaded.ok() && loaded->has_value()) << loaded.status();
  const std::vector<NamedArray>& generator = (*loaded)->state.generator;  // in the file's order
  const auto fetched = std::find_if(generator.begin(), generator.end(),
                                    [&](const NamedArray& array) { return array.name == name; });
  ASSERT_NE(fetched, generator.end());
  EXPECT_EQ(fetched->values.front(), 0.25F);
}

TEST_F(JobCheckpointsTest, ACopyThatDoesNotArriveIsTheJobsError) {
  JobCheckpoints checkpoints(Options());
  CheckpointCopy broken = Copy(4);
  broken.fetch = [](SessionState&) { throw std::runtime_error("the copy failed"); };
  checkpoints.Start(std::move(broken));
  const absl::Status failed = checkpoints.Await();
  EXPECT_EQ(failed.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(failed.message(), "the copy failed");
  CheckpointCopy large = Copy(5);
  large.fetch = [](SessionState&) { throw std::bad_alloc(); };
  checkpoints.Start(std::move(large));
  EXPECT_EQ(checkpoints.Await().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), IsEmpty());
}

// The database is locked by somebody else.
class LockedHistoryTest : public JobCheckpointsTest {
 protected:
  LockedHistoryTest() {
    recorder_.sync = [this] {
      unlocked_.WaitForNotification();
      return absl::OkStatus();
    };
  }

  CheckpointWriterOptions Impatient() {
    CheckpointWriterOptions options = Options();
    options.keep = 10;
    options.patience = absl::ZeroDuration();
    return options;
  }

  absl::Notification unlocked_;
};

TEST_F(LockedHistoryTest, OneThatMustWaitLeavesTheDeviceAtOnce) {
  JobCheckpoints checkpoints(Impatient());
  checkpoints.Start(Copy(2));
  std::thread::id fetcher;
  CheckpointCopy copy = Copy(4);
  copy.fetch = [&](SessionState&) { fetcher = std::this_thread::get_id(); };
  checkpoints.Start(std::move(copy));
  EXPECT_EQ(fetcher, main_);
  unlocked_.Notify();
  ASSERT_TRUE(checkpoints.Await().ok());
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), ElementsAre(2, 4));
}

TEST_F(LockedHistoryTest, OfThoseThatFallDueTheNewestIsWritten) {
  JobCheckpoints checkpoints(Impatient());
  for (const int64_t step : {2, 4, 6, 8}) {
    ASSERT_TRUE(checkpoints.AwaitForAWhile().ok());
    checkpoints.Start(Copy(step));
    EXPECT_EQ(checkpoints.last_step(), step);
  }
  EXPECT_THAT(recorder_.checkpoints, IsEmpty());
  unlocked_.Notify();
  ASSERT_TRUE(checkpoints.Await().ok());
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), ElementsAre(2, 8));
  EXPECT_EQ(checkpoints.whole_step(), 8);
  EXPECT_THAT(recorder_.warnings,
              ElementsAre(AllOf(HasSubstr("of step 4 waits"), HasSubstr("of step 2 is still"))));
}

TEST_F(LockedHistoryTest, TheBestWaitsInPreference) {
  JobCheckpoints checkpoints(Impatient());
  checkpoints.Start(Copy(2));
  CheckpointCopy best = Copy(3);
  best.is_best = true;
  checkpoints.Start(std::move(best));
  checkpoints.Start(Copy(4));
  EXPECT_EQ(checkpoints.last_step(), 3);  // so that step 4 is known to be unsaved
  unlocked_.Notify();
  ASSERT_TRUE(checkpoints.Await().ok());
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), ElementsAre(2, 3));
  EXPECT_EQ(BestCheckpoint(checkpoints.dir()), CheckpointDir(checkpoints.dir(), 3));
}

TEST_F(LockedHistoryTest, WhatWaitsIsGivenUpWithTheOneThatIsRefused) {
  JobCheckpoints checkpoints(Impatient());
  recorder_.admit = [](int64_t, std::span<const int64_t>) { return std::nullopt; };
  checkpoints.Start(Copy(2));
  checkpoints.Start(Copy(4));
  unlocked_.Notify();
  ASSERT_TRUE(checkpoints.Await().ok());
  EXPECT_TRUE(checkpoints.is_refused());
  EXPECT_THAT(CheckpointSteps(checkpoints.dir()), IsEmpty());
}

TEST_F(JobCheckpointsTest, ALaterAttemptGoesOnFromTheNewest) {
  {
    JobCheckpoints checkpoints(Options());
    checkpoints.Start(Copy(4));
    ASSERT_TRUE(checkpoints.Await().ok());
  }
  JobCheckpoints later(Options());
  const auto loaded = later.LoadNewest();
  ASSERT_TRUE(loaded.ok() && loaded->has_value()) << loaded.status();
  EXPECT_EQ((*loaded)->tokens_seen, 40);
  EXPECT_EQ(later.last_step(), 4);
  EXPECT_EQ(later.whole_step(), 4);
  EXPECT_THAT(recorder_.warnings, IsEmpty());
}

// With one to keep, the newest by number would be the damaged one, and the only whole one would go.
TEST_F(JobCheckpointsTest, ADamagedOneDoesNotStandInTheWayOfThoseThatFollow) {
  CheckpointWriterOptions options = Options();
  options.keep = 2;
  {
    JobCheckpoints checkpoints(options);
    for (const int64_t step : {4, 8}) {
      checkpoints.Start(Copy(step));
      ASSERT_TRUE(checkpoints.Await().ok());
    }
    std::ofstream(checkpoints.whole() / "optimizer.safetensors") << "no tensors";
  }
  options.keep = 1;
  JobCheckpoints later(options);
  const auto loaded = later.LoadNewest();
  ASSERT_TRUE(loaded.ok() && loaded->has_value()) << loaded.status();
  EXPECT_EQ(later.whole_step(), 4);
  later.Start(Copy(6));
  ASSERT_TRUE(later.Await().ok());
  EXPECT_THAT(CheckpointSteps(later.dir()), ElementsAre(6));
  EXPECT_TRUE(std::filesystem::exists(later.dir() / "step-00000008.damaged"));
}

TEST_F(JobCheckpointsTest, TheBestIsThatOfTheCheckpointThatTrainingGoesOnFrom) {
  CheckpointWriterOptions options = Options();
  options.keep = 3;
  JobCheckpoints checkpoints(options);
  for (const int64_t step : {2, 4}) {
    CheckpointCopy copy = Copy(step);
    copy.is_best = true;
    checkpoints.Start(std::move(copy));
    ASSERT_TRUE(checkpoints.Await().ok());
  }
  EXPECT_EQ(BestCheckpoint(checkpoints.dir()), CheckpointDir(checkpoints.dir(), 4));
  EXPECT_TRUE(checkpoints.FindBest(2).value());
  EXPECT_EQ(BestCheckpoint(checkpoints.dir()), CheckpointDir(checkpoints.dir(), 2));
  EXPECT_FALSE(checkpoints.FindBest(1).value());
}

TEST_F(JobCheckpointsTest, SaysThatTrainingBeginsAgainWhereNoneIsWhole) {
  JobCheckpoints checkpoints(Options());
  ASSERT_TRUE(checkpoints.LoadNewest().ok());
  EXPECT_THAT(recorder_.warnings, IsEmpty());  // there was none to lose
  checkpoints.Start(Copy(4));
  ASSERT_TRUE(checkpoints.Await().ok());
  std::ofstream(checkpoints.whole() / "optimizer.safetensors") << "no tensors";
  const auto loaded = checkpoints.LoadNewest();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_FALSE(loaded->has_value());
  EXPECT_EQ(checkpoints.last_step(), 0);
  EXPECT_THAT(recorder_.warnings,
              ElementsAre(HasSubstr("step-00000004"), HasSubstr("begins again with step 1")));
}

}  // namespace
}  // namespace electra

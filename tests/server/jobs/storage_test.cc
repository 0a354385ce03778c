// Limits on the disk space of jobs while they train.
#include "server/jobs/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/store/job_sizes.h"
#include "server/store/tokens.h"
#include "tests/server/jobs/scheduler_rig.h"

namespace electra::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Ids that are looked up must be hexadecimal.
constexpr char kAnn[] = "a0a0";

class StorageTest : public SchedulerRig {
 protected:
  void CreateToken(const std::string& name, int64_t stored_bytes) {
    Write([&](Transaction& transaction) {
      return InsertToken(transaction, {.name = name,
                                       .role = v1::SUBMITTER,
                                       .sha256 = name,
                                       .limits = {.stored_bytes = stored_bytes}})
          .status();
    });
  }

  JobRow SubmitFor(const std::string& token, JobRow job) {
    job.requested_device = "auto";
    job.submitted_by = token;
    return InsertQueuedJob(*database_, job);
  }

  void Write(const Database::WriteFunction& write) {
    const absl::Status status = database_->Write(write);
    EXPECT_TRUE(status.ok()) << status;
  }

  int64_t Count(const std::function<int64_t(Reader&)>& count) {
    int64_t value = 0;
    EXPECT_TRUE(database_
                    ->Read([&](Reader& reader) {
                      value = count(reader);
                      return absl::OkStatus();
                    })
                    .ok());
    return value;
  }

  // How many of the older checkpoints stay, or the error.
  std::string Take(const JobRow& job, int64_t needed, const std::vector<int64_t>& older) {
    absl::StatusOr<size_t> stay;
    const absl::Status status = database_->Write([&](Transaction& transaction) {
      stay = TakeCheckpointRoom(transaction, quotas_, job.id, needed, older);
      return stay.status();
    });
    return status.ok() ? absl::StrCat(*stay) : std::string(status.message());
  }

  Quotas quotas_;
};

TEST_F(StorageTest, OfOlderCheckpointsThoseStayThatFit) {
  CreateToken(kAnn, 10'000);
  const JobRow job = SubmitFor(kAnn, {.name = "job"});
  const int64_t records = Count([](Reader& reader) { return CountStoredBytes(reader, kAnn); });
  EXPECT_EQ(Take(job, 3000, {}), "0");
  EXPECT_EQ(Take(job, 3000, {3000, 3000, 3000}), "2");
  EXPECT_EQ(Count([](Reader& reader) { return CountStoredBytes(reader, kAnn); }), records + 9000);
  EXPECT_THAT(Take(job, 10'000, {}), HasSubstr("the job's next checkpoint has 10000 bytes"));
  // The refusal has changed nothing.
  EXPECT_EQ(Count([](Reader& reader) { return CountFolderBytes(reader); }), 9000);
}

TEST_F(StorageTest, WhatOtherJobsHaveIsNotThere) {
  CreateToken(kAnn, 10'000);
  const JobRow first = SubmitFor(kAnn, {.name = "first"});
  const JobRow second = SubmitFor(kAnn, {.name = "5ec0"});
  const JobRow other = SubmitFor("b0b0", {.name = "other"});  // of a deleted token
  EXPECT_EQ(Take(first, 6000, {}), "0");
  EXPECT_THAT(Take(second, 6000, {}), HasSubstr("of its 10000"));
  EXPECT_EQ(Take(other, 6000, {}), "0");
  quotas_.checkpoints = 13'000;
  EXPECT_THAT(Take(other, 8000, {}), HasSubstr("6000 bytes of at most 13000"));
  EXPECT_EQ(Take(other, 3000, {3000, 3000}), "1");
}

TEST_F(StorageTest, AJobWhoseCheckpointDoesNotFitPausesAndGoesOnWhenThereIsRoom) {
  CreateToken(kAnn, 100'000);
  trainer_.SaveBytes(60'000);
  const JobRow first = SubmitFor(kAnn, {.name = "first"});
  const JobRow second = SubmitFor(kAnn, {.name = "5ec0"});
  Scheduler scheduler(*database_, trainer_, data_dir_, {.quotas = &quotas_});
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(first, v1::SUCCEEDED);
  WaitFor(second, v1::PAUSED);
  EXPECT_THAT(Get(second).reason.text(),
              AllOf(HasSubstr("paused after step 4; the job's next checkpoint has 60000 bytes"),
                    HasSubstr("of its 100000")));
  EXPECT_LE(FolderBytes(data_dir_.job("")), 100'000);
  EXPECT_EQ(Count([](Reader& reader) { return CountFolderBytes(reader); }),
            FolderBytes(data_dir_.job("")));
  Write([&](Transaction& transaction) {
    DeleteJob(transaction, first.id);
    return absl::OkStatus();
  });
  ASSERT_TRUE(scheduler.Resume("5ec0").ok());
  WaitFor(second, v1::SUCCEEDED);
}

TEST_F(StorageTest, WhileThereIsNoRoomNothingGoesOn) {
  CreateToken(kAnn, 100'000);
  const JobRow job = SubmitFor(kAnn, {.name = "0b00"});
  Write([&](Transaction& transaction) {
    AddRecordBytes(transaction, job.id, 100'000);
    return ChangeState(transaction, job.id, v1::PAUSED);
  });
  Scheduler scheduler(*database_, trainer_, data_dir_, {.quotas = &quotas_});
  ASSERT_TRUE(scheduler.Start().ok());
  EXPECT_EQ(scheduler.Resume("0b00").status().code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(scheduler.Cancel("0b00").ok());
  EXPECT_EQ(scheduler.Retry("0b00").status().code(), absl::StatusCode::kResourceExhausted);
  Write([&](Transaction& transaction) {
    AddRecordBytes(transaction, job.id, -100'000);
    return absl::OkStatus();
  });
  EXPECT_TRUE(scheduler.Retry("0b00").ok());
}

TEST_F(StorageTest, AHistoryThatOutgrowsItsTokenPausesTheJob) {
  constexpr int64_t kMost = 4 << 20;
  CreateToken(kAnn, kMost);
  JobRow job{.name = "job"};
  for (int i = 0; i < 100; ++i) job.probe += std::string(4000, 'a') + "\n";
  job = SubmitFor(kAnn, std::move(job));
  Write([&](Transaction& transaction) {
    transaction.connection().exec(
        R"(UPDATE jobs SET hyperparameters = '{"max_steps": 1000000, "learning_rate": 0.001}')");
    return absl::OkStatus();
  });
  Scheduler scheduler(*database_, trainer_, data_dir_, {.quotas = &quotas_});
  ASSERT_TRUE(scheduler.Start().ok());
  WaitFor(job, v1::PAUSED);
  EXPECT_THAT(Get(job).reason.text(), HasSubstr(absl::StrCat("token ", kAnn, " has stored")));
  const int64_t recorded = Count([](Reader& reader) { return CountStoredBytes(reader, kAnn); });
  EXPECT_GT(recorded, kMost);
  const int64_t pages = Count([](Reader& reader) {
    return reader.connection().execAndGet("PRAGMA page_count").getInt64() * 4096;
  });
  // The counted bytes are close to the real ones.
  EXPECT_GT(recorded, pages / 2);
  EXPECT_LT(recorded, pages * 2);
}

TEST_F(StorageTest, FoldersThatNobodyHasMeasuredAreMeasuredAtTheStart) {
  const JobRow job = SubmitFor("", {.name = "job", .vocabulary_sha256 = "words"});
  std::filesystem::create_directories(data_dir_.job("job"));
  std::ofstream(data_dir_.job("job") / "weights") << std::string(500, 'w');
  std::ofstream(data_dir_.vocabulary("words")) << "0123456789";
  Write([&](Transaction& transaction) {
    ForgetFolderBytes(transaction, job.id);
    MeasureJobs(transaction, data_dir_);
    return absl::OkStatus();
  });
  EXPECT_EQ(Count([](Reader& reader) { return CountFolderBytes(reader); }), 500);
  EXPECT_TRUE(Count([](Reader& reader) { return IsVocabularyUsed(reader, "words") ? 1 : 0; }));
}

}  // namespace
}  // namespace electra::server

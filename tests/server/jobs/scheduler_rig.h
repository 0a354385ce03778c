// A database, a trainer without a model, and jobs in the queue, for tests of the scheduler.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/jobs/scheduler.h"
#include "server/store/corpora.h"
#include "server/store/job_state.h"
#include "server/store/jobs.h"
#include "tests/server/fake_trainer.h"
#include "tests/temporary_folder.h"

namespace electra::server {

inline JobRow InsertQueuedJob(Database& database, JobRow job) {
  job.model = "tiny";
  job.hyperparameters = R"({"max_steps": 4, "learning_rate": 0.001})";
  const absl::Status stored = database.Write([&](Transaction& transaction) {
    const CorpusRow corpus =
        InsertCorpus(transaction, {.name = "c", .file_name = "c.txt", .sha256 = "digest"});
    job.corpus_id = corpus.id;
    job.corpus_name = corpus.name;
    const auto inserted = InsertJob(transaction, job);
    if (inserted.ok()) job = *inserted;
    return inserted.status();
  });
  EXPECT_TRUE(stored.ok()) << stored;
  return job;
}

class SchedulerRig : public ::testing::Test {
 protected:
  JobRow Submit(const std::string& name, const std::string& device, int64_t devices = 1,
                int64_t priority = 0) {
    return InsertQueuedJob(*database_, {.name = name,
                                        .priority = priority,
                                        .requested_device = device,
                                        .requested_devices = devices});
  }

  JobRow Get(const JobRow& job) {
    JobRow row;
    EXPECT_TRUE(database_
                    ->Read([&](Reader& reader) -> absl::Status {
                      const auto found = GetJob(reader, job.id);
                      if (found.ok()) row = *found;
                      return found.status();
                    })
                    .ok());
    return row;
  }

  // Until the job is in this state, as the commit that brings it there tells.
  void WaitFor(const JobRow& job, v1::JobState state) {
    const auto is_there = [&] { return changes_ >= 0 && last_states_[job.id] == state; };
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&is_there), absl::Minutes(2)))
        << job.name << " does not become " << JobStateName(state);
  }

  void SetUp() override {
    database_->SetCommitListener([this](const std::set<int64_t>& jobs) {
      for (int64_t id : jobs) {
        v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
        database_
            ->Read([&](Reader& reader) {
              const auto job = GetJob(reader, id);
              if (job.ok()) state = job->state;
              return job.status();
            })
            .IgnoreError();
        absl::MutexLock lock(&mutex_);
        last_states_[id] = state;
        ++changes_;
      }
    });
  }

  TemporaryFolder folder_;
  DataDir data_dir_ = *DataDir::Open(folder_.path());
  absl::Mutex mutex_;
  std::map<int64_t, v1::JobState> last_states_ ABSL_GUARDED_BY(mutex_);
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<Database> database_ = *Database::Open(data_dir_.database());
  FakeTrainer trainer_;
};

}  // namespace electra::server

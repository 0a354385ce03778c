// The tables: corpora, jobs, events, history.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/store/corpora.h"
#include "server/store/database.h"
#include "server/store/events.h"
#include "server/store/history.h"
#include "server/store/job_queue.h"
#include "server/store/jobs.h"
#include "server/store/names.h"
#include "server/store/training_times.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::Pair;

class StoreTest : public ::testing::Test {
 protected:
  void Write(const std::function<void(Transaction&)>& write) {
    const absl::Status status = database_->Write([&](Transaction& transaction) {
      write(transaction);
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  CorpusRow AddCorpus(std::string sha256) {
    CorpusRow corpus;
    corpus.name = MakeName();
    corpus.file_name = "books.csv";
    corpus.format = CorpusFormat::kCsv;
    corpus.column = "sen";
    corpus.size_bytes = 10;
    corpus.sha256 = std::move(sha256);
    corpus.sample_count = 3;
    Write([&](Transaction& transaction) { corpus = InsertCorpus(transaction, corpus); });
    return corpus;
  }

  JobRow AddJob(int64_t priority = 0, std::string request_id = "", std::string device = "auto",
                std::string token = "") {
    if (corpus_.id == 0) corpus_ = AddCorpus("aa");
    JobRow job;
    job.name = MakeName();
    job.request_id = std::move(request_id);
    job.priority = priority;
    job.corpus_id = corpus_.id;
    job.corpus_name = corpus_.name;
    job.model = "tiny";
    job.hyperparameters = "{}";
    job.requested_device = std::move(device);
    job.submitted_by = std::move(token);
    Write([&](Transaction& transaction) {
      auto inserted = InsertJob(transaction, job);
      ASSERT_TRUE(inserted.ok()) << inserted.status();
      job = *inserted;
    });
    return job;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_ = *Database::Open(folder_.path() / "electrad.db");
  CorpusRow corpus_;
};

TEST_F(StoreTest, TheSameCorpusIsStoredOnce) {
  const CorpusRow first = AddCorpus("ab");
  EXPECT_EQ(AddCorpus("ab").name, first.name);
  EXPECT_NE(AddCorpus("cd").name, first.name);
}

TEST_F(StoreTest, ACorpusInUseIsNotDeleted) {
  const JobRow job = AddJob();
  Write([&](Transaction& transaction) {
    const absl::Status refused = DeleteCorpus(transaction, corpus_);
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.message()), HasSubstr(job.name));
    ASSERT_TRUE(ChangeState(transaction, job.id, v1::CANCELLED).ok());
    EXPECT_TRUE(DeleteCorpus(transaction, corpus_).ok());
    // The job's history stays, with the name of its corpus.
    EXPECT_EQ(GetJob(transaction, job.id)->corpus_name, corpus_.name);
  });
}

TEST_F(StoreTest, JobsAreFoundByUniquePrefix) {
  const JobRow job = AddJob();
  Write([&](Transaction& transaction) {
    EXPECT_EQ(FindJob(transaction, job.name)->id, job.id);
    EXPECT_EQ(FindJob(transaction, job.name.substr(0, 5))->id, job.id);
    EXPECT_EQ(FindJob(transaction, "").status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(FindJob(transaction, "%").status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(FindJob(transaction, std::string(500, 'a')).status().code(),
              absl::StatusCode::kNotFound);
  });
}

TEST_F(StoreTest, AnAmbiguousPrefixNamesTheCandidates) {
  for (int i = 0; i < 17; ++i) AddJob();  // sixteen first digits
  Write([&](Transaction& transaction) {
    int ambiguous = 0;
    for (char digit : std::string("0123456789abcdef")) {
      const absl::Status status = FindJob(transaction, std::string(1, digit)).status();
      if (status.code() == absl::StatusCode::kInvalidArgument) ++ambiguous;
    }
    EXPECT_GE(ambiguous, 1);
  });
}

TEST_F(StoreTest, TheSameRequestIsOneJob) {
  const JobRow first = AddJob(0, "3a1f");
  EXPECT_EQ(AddJob(0, "3a1f").name, first.name);
  EXPECT_NE(AddJob(0, "3a20").name, first.name);
  EXPECT_NE(AddJob().name, AddJob().name);
  Write([&](Transaction& transaction) {
    EXPECT_EQ(FindRequestedJob(transaction, "", "3a1f")->request_id, "3a1f");
    EXPECT_FALSE(FindRequestedJob(transaction, "ann", "3a1f").has_value());
  });
}

TEST_F(StoreTest, TheQueueIsByPriorityThenFirstInFirstOut) {
  const JobRow low = AddJob(0);
  const JobRow low_later = AddJob(0);
  const JobRow high = AddJob(5);
  const JobRow elsewhere = AddJob(100, "", "cuda:1");
  Write([&](Transaction& transaction) {
    std::vector<int64_t> queue;
    VisitQueue(transaction, [&](const QueuedJob& job) {
      queue.push_back(job.id);
      return true;
    });
    EXPECT_THAT(queue, ElementsAre(elsewhere.id, high.id, low.id, low_later.id));
    EXPECT_EQ(QueuePositions(transaction).at(elsewhere.id), 1);
    EXPECT_EQ(QueuePositions(transaction).at(high.id), 2);
    EXPECT_EQ(QueuePositions(transaction).at(low_later.id), 4);
    ASSERT_TRUE(ChangeState(transaction, high.id, v1::PREPARING).ok());
    queue.clear();
    VisitQueue(transaction, [&](const QueuedJob& job) {
      queue.push_back(job.id);
      return queue.size() < 2;
    });
    EXPECT_THAT(queue, ElementsAre(elsewhere.id, low.id));
    EXPECT_FALSE(QueuePositions(transaction).contains(high.id));
  });
}

// Within one priority, first the jobs of the token that had devices for the shortest time in the
// last day.
TEST_F(StoreTest, TheQueueIsFairBetweenTokens) {
  const auto add = [&](const std::string& token, int64_t priority = 0) {
    return AddJob(priority, "", "auto", token);
  };
  const JobRow ann = add("ann");
  const JobRow ann_later = add("ann");
  const JobRow bob = add("bob");
  const JobRow cho = add("cho");
  const JobRow dan = add("dan");
  const JobRow urgent = add("bob", 5);
  constexpr int64_t kHour = int64_t{3600} * 1000 * 1000;
  const auto trained = [](Transaction& transaction, const std::string& token, int64_t devices,
                          int64_t began_at, const std::string& ended_at) {
    transaction.connection().exec(absl::StrCat("INSERT INTO training_times VALUES (99, '", token,
                                               "', ", devices, ", ", began_at, ", ", ended_at,
                                               ")"));
  };
  Write([&](Transaction& transaction) {
    const int64_t now = NowMicros();
    trained(transaction, "ann", 1, now - 4 * kHour, absl::StrCat(now - 2 * kHour));    // 2 h
    trained(transaction, "bob", 3, now - 2 * kHour, absl::StrCat(now - 1 * kHour));    // 3 h
    trained(transaction, "cho", 1, now - 1 * kHour, "NULL");                           // 1 h so far
    trained(transaction, "dan", 1, now - 60 * kHour, absl::StrCat(now - 30 * kHour));  // too old
    trained(transaction, "dan", 1, now - 30 * kHour, absl::StrCat(now - 45 * kHour / 2));  // 1.5 h
  });
  const std::vector<int64_t> order = {urgent.id, cho.id, dan.id, ann.id, ann_later.id, bob.id};
  Write([&](Transaction& transaction) {
    std::vector<int64_t> queue;
    VisitQueue(transaction, [&](const QueuedJob& job) {
      queue.push_back(job.id);
      return true;
    });
    EXPECT_THAT(queue, ElementsAreArray(order));
    for (size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(QueuePositions(transaction).at(order[i]), static_cast<int>(i) + 1);
    }
  });
}

TEST_F(StoreTest, TrainingTimeLastsUntilTheDevicesAreFreeAndIsForgottenAfterADay) {
  const JobRow job = AddJob(0, "", "auto", "ann");
  const auto count = [](Transaction& transaction, const std::string& condition) {
    return transaction.connection()
        .execAndGet("SELECT count(*) FROM training_times WHERE " + condition)
        .getInt();
  };
  Write([&](Transaction& transaction) {
    transaction.connection().exec("INSERT INTO training_times VALUES (98, 'bob', 1, 1, 2)");
    BeginTrainingTime(transaction, job.id, "ann", 2);
    EXPECT_EQ(count(transaction, "token = 'ann' AND devices = 2 AND ended_at IS NULL"), 1);
    EndTrainingTime(transaction, job.id);
    EXPECT_EQ(count(transaction, "token = 'ann' AND ended_at >= began_at"), 1);
    EXPECT_EQ(count(transaction, "token = 'bob'"), 0);
    BeginTrainingTime(transaction, job.id, "ann", 1);
    transaction.connection().exec("UPDATE training_times SET began_at = 5 WHERE ended_at IS NULL");
    transaction.connection().exec("UPDATE events SET time = 7");
    EndLostTrainingTime(transaction, job.id);  // after a crash: until its last event
    EXPECT_EQ(count(transaction, "began_at = 5 AND ended_at = 7"), 1);
    ASSERT_TRUE(ChangeState(transaction, job.id, v1::CANCELLED).ok());
    DeleteJob(transaction, job.id);
    EXPECT_EQ(count(transaction, "token = 'ann'"), 2);
  });
}

TEST_F(StoreTest, AStateChangesOnlyAsItMayAndWithItsEvent) {
  const JobRow job = AddJob();
  Write([&](Transaction& transaction) {
    EXPECT_EQ(ChangeState(transaction, job.id, v1::SUCCEEDED).code(),
              absl::StatusCode::kFailedPrecondition);
    ASSERT_TRUE(ChangeState(transaction, job.id, v1::PREPARING).ok());
    const Message reason = Message("NO_MEMORY", "no memory in step {step}", 3);
    ASSERT_TRUE(ChangeState(transaction, job.id, v1::FAILED, reason).ok());
    const std::vector<v1::TrainingEvent> events = ReadEvents(transaction, job.id, 0, 100);
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].state_change().to(), v1::QUEUED);
    EXPECT_EQ(events[2].state_change().from(), v1::PREPARING);
    EXPECT_EQ(events[2].state_change().reason(), "no memory in step 3");
    EXPECT_EQ(events[2].state_change().reason_code().code(), "NO_MEMORY");
    EXPECT_FALSE(events[1].state_change().has_reason_code());
    const JobRow ended = *GetJob(transaction, job.id);
    EXPECT_EQ(ended.reason.text(), "no memory in step 3");
    EXPECT_EQ(ended.reason.code(), "NO_MEMORY");
    EXPECT_THAT(ended.reason.args(), ElementsAre(Pair("step", "3")));
    EXPECT_GT(ended.ended_at, 0);
  });
}

TEST_F(StoreTest, EventsAreNumberedWithoutGaps) {
  const JobRow job = AddJob();
  const JobRow other = AddJob();
  Write([&](Transaction& transaction) {
    for (int i = 0; i < 5; ++i) {
      v1::TrainingEvent event;
      event.mutable_step()->set_step(i + 1);
      AppendEvent(transaction, job.id, event);
      AppendEvent(transaction, other.id, event);
    }
    const auto events = ReadEvents(transaction, job.id, 2, 3);
    ASSERT_EQ(events.size(), 3u);
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].sequence(), static_cast<int64_t>(i) + 3);
      EXPECT_TRUE(events[i].has_time());
    }
  });
}

TEST_F(StoreTest, AStepThatIsRunAgainTakesItsOldPlace) {
  const JobRow job = AddJob();
  Write([&](Transaction& transaction) {
    for (double loss : {9.0, 8.0}) {
      v1::TrainingEvent step;
      step.mutable_step()->set_step(1);
      step.mutable_step()->set_combined_loss(loss);
      AppendEvent(transaction, job.id, step);
      v1::TrainingEvent sample;
      sample.mutable_sample()->set_step(1);
      sample.mutable_sample()->set_combined_loss(loss);
      AppendEvent(transaction, job.id, sample);
      v1::TrainingEvent evaluation;
      evaluation.mutable_evaluation()->set_step(1);
      evaluation.mutable_evaluation()->set_generator_loss(loss);
      AppendEvent(transaction, job.id, evaluation);
    }
    const auto steps = ListSteps(transaction, job.id, {.limit = 10});
    ASSERT_EQ(steps.size(), 1u);
    EXPECT_EQ(steps[0].combined_loss(), 8.0);
    const auto samples = ListSamples(transaction, job.id, {.limit = 10});
    ASSERT_EQ(samples.size(), 1u);
    EXPECT_EQ(samples[0].combined_loss(), 8.0);
    const auto evaluations = ListEvaluations(transaction, job.id, {.limit = 10});
    ASSERT_EQ(evaluations.size(), 1u);
    EXPECT_EQ(evaluations[0].generator_loss(), 8.0);
    EXPECT_EQ(ReadEvents(transaction, job.id, 0, 100).size(), 7u);  // the log keeps everything
  });
}

}  // namespace
}  // namespace electra::server

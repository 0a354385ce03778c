// Limits on callers' storage: they are charged the bytes on the disk, whatever they announce, and
// refused uploads leave nothing.
#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "tests/server/access_rig.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kVocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n하나\n둘\n";

class StorageLimitsTest : public AccessTest {
 protected:
  int64_t Count(const std::string& query) {
    SQLite::Database database((folder_.path() / "electrad.db").string(), SQLite::OPEN_READONLY);
    return database.execAndGet(query).getInt64();
  }

  void Execute(const std::string& statements) {
    SQLite::Database database((folder_.path() / "electrad.db").string(), SQLite::OPEN_READWRITE);
    database.exec(statements);
  }

  // The bytes in uploads/, and the bytes charged for them.
  int64_t BytesInUploads() const {
    int64_t bytes = 0;
    for (const std::string& name : FilesIn("uploads")) {
      bytes += static_cast<int64_t>(std::filesystem::file_size(folder_.path() / "uploads" / name));
    }
    return bytes;
  }
  int64_t ChargedForUploads() {
    return Count("SELECT coalesce(sum(size_bytes), 0) FROM started_uploads");
  }
  // The daemon writes it without making its client wait.
  bool IsChargedSoon(int64_t bytes) {
    const absl::Time deadline = absl::Now() + absl::Minutes(1);
    while (ChargedForUploads() != bytes && absl::Now() < deadline) std::this_thread::yield();
    return ChargedForUploads() == bytes;
  }

  std::string UploadSentences(const std::string& token) {
    std::string corpus;
    EXPECT_TRUE(Upload(token, "하나\n둘\n셋\n", &corpus).ok());
    return corpus;
  }
};

TEST_F(StorageLimitsTest, StoredContentHasTheSizeThatItHas) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  const std::string bob = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 10}});
  Start();
  const std::string text(20, 'a');
  std::string name;
  ASSERT_TRUE(Upload(ann, text, &name).ok());
  // Read in another way, it is another corpus, charged to the one who uploads it.
  for (const int64_t announced : {int64_t{1}, int64_t{10}, std::numeric_limits<int64_t>::max()}) {
    const grpc::Status status = UploadAs(bob, text, announced, "", &name, v1::REPLACE);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << announced;
    EXPECT_THAT(status.error_message(), HasSubstr("the stored content of its SHA-256 has 20"));
  }
  EXPECT_EQ(Reason(UploadAs(bob, text, 20, "", &name, v1::REPLACE)), "STORAGE_LIMIT");
  EXPECT_TRUE(UploadAs(ann, text, 20, "", &name, v1::REPLACE).ok());
}

TEST_F(StorageLimitsTest, SizesThatAnOlderDaemonBelievedAreSetRightAtTheStart) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  Start();
  std::string first, second;
  ASSERT_TRUE(Upload(ann, std::string(20, 'a'), &first).ok());
  ASSERT_TRUE(Upload(ann, std::string(30, 'b'), &second).ok());
  daemon_.reset();
  Execute("UPDATE corpora SET size_bytes = 9223372036854775807");
  Start({.corpora_quota = 1000, .demand_tokens = true});
  EXPECT_EQ(Count("SELECT sum(size_bytes) FROM corpora"), 50);
  EXPECT_TRUE(Upload(ann, std::string(40, 'c'), &first).ok());
}

TEST_F(StorageLimitsTest, ContentThatIsNotWholeAnyMoreIsMendedByAnUpload) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  Start();
  const std::string text(20, 'a');
  std::string name, again;
  ASSERT_TRUE(Upload(ann, text, &name).ok());
  const std::filesystem::path content = folder_.path() / "corpora" / Sha256Hex(text);
  daemon_.reset();
  std::filesystem::resize_file(content, 5);
  Start();
  EXPECT_EQ(Count("SELECT size_bytes FROM corpora"), 20);
  ASSERT_TRUE(Upload(ann, text, &again).ok());
  EXPECT_EQ(again, name);
  EXPECT_EQ(std::filesystem::file_size(content), 20u);
}

TEST_F(StorageLimitsTest, WhatAnUploadHasLeftIsChargedAsItLies) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 30}});
  Start();
  std::string name;
  EXPECT_EQ(Break(ann, std::string(20, 'a')), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(BytesInUploads(), 10);
  EXPECT_TRUE(IsChargedSoon(10));
  EXPECT_EQ(Reason(Upload(ann, std::string(21, 'b'), &name)), "STORAGE_LIMIT");
  EXPECT_TRUE(Upload(ann, std::string(20, 'b'), &name).ok());
}

// A second header may say that the content of the first is a byte long.
TEST_F(StorageLimitsTest, NoHeaderMakesWhatLiesThereCheaper) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 1000}});
  Start();
  const std::string text(900, 'a');
  std::string name;
  EXPECT_EQ(Break(ann, text), grpc::StatusCode::DATA_LOSS);
  for (const int64_t announced : {1, 500}) {
    EXPECT_EQ(UploadAs(ann, text, announced, "", &name).error_code(), grpc::StatusCode::DATA_LOSS);
    EXPECT_TRUE(IsChargedSoon(BytesInUploads())) << announced;
  }
  Start();
  EXPECT_EQ(ChargedForUploads(), BytesInUploads());
}

TEST_F(StorageLimitsTest, AnAnnouncementFillsTheQuotaOfNobodyElse) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start({.corpora_quota = 100, .demand_tokens = true});
  const std::string text(90, 'a');
  grpc::ClientContext context;
  SetToken(context, ann);
  v1::Corpus corpus;
  const auto stub = v1::CorpusService::NewStub(channel_);
  const auto writer = stub->UploadCorpus(&context, &corpus);
  v1::UploadCorpusRequest request;
  request.mutable_header()->set_file_name("large.txt");
  request.mutable_header()->set_size_bytes(90);
  request.mutable_header()->set_sha256(Sha256Hex(text));
  writer->Write(request);
  while (ChargedForUploads() == 0) std::this_thread::yield();
  std::string name;
  EXPECT_TRUE(Upload(bob, std::string(60, 'b'), &name).ok());
  // Its data exceed the limit, and leave nothing that would be in the way of others.
  request.mutable_chunk()->set_data(text);
  writer->Write(request);
  writer->WritesDone();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(FilesIn("uploads"), IsEmpty());
  EXPECT_TRUE(IsChargedSoon(0));
  EXPECT_TRUE(Upload(ann, std::string(40, 'c'), &name).ok());
}

// The end of an upload does not wait for a locked database, and is charged afterwards.
TEST_F(StorageLimitsTest, WhatBreaksOffUnderALockIsChargedAsItLiesOnceThatIsGone) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  Start();
  grpc::ClientContext context;
  SetToken(context, ann);
  v1::Corpus corpus;
  const auto stub = v1::CorpusService::NewStub(channel_);
  const auto writer = stub->UploadCorpus(&context, &corpus);
  v1::UploadCorpusRequest request;
  request.mutable_header()->set_file_name("large.txt");
  request.mutable_header()->set_size_bytes(90);
  request.mutable_header()->set_sha256(Sha256Hex(std::string(90, 'a')));
  writer->Write(request);
  ASSERT_TRUE(IsChargedSoon(90));
  request.mutable_chunk()->set_data(std::string(10, 'a'));
  writer->Write(request);
  while (BytesInUploads() < 10) std::this_thread::yield();

  SQLite::Database foreign((folder_.path() / "electrad.db").string(), SQLite::OPEN_READWRITE);
  foreign.exec("BEGIN IMMEDIATE");
  writer->WritesDone();
  EXPECT_FALSE(writer->Finish().ok());
  EXPECT_EQ(ChargedForUploads(), 90);
  foreign.exec("ROLLBACK");
  EXPECT_TRUE(IsChargedSoon(10));
}

TEST_F(StorageLimitsTest, WhatNobodyGoesOnWithIsCollectedWhileTheDaemonRuns) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  Start({.collect_uploads_every = absl::ZeroDuration(), .demand_tokens = true});
  EXPECT_EQ(Break(ann, std::string(20, 'a')), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(Break(ann, std::string(20, 'b')), grpc::StatusCode::DATA_LOSS);
  const std::filesystem::path part = folder_.path() / "uploads" / FilesIn("uploads").front();
  std::filesystem::last_write_time(
      part, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  // Not before the end of its upload is written.
  while (std::filesystem::exists(part)) {
    daemon_->CollectUploads();
    std::this_thread::yield();
  }
  EXPECT_THAT(FilesIn("uploads"), SizeIs(1));
}

TEST_F(StorageLimitsTest, ARefusedSubmitLeavesNothing) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.queued_jobs = 1}});
  Start();
  trainer_->HoldAfter(2);
  const std::string corpus = UploadSentences(ann);
  v1::Job job;
  ASSERT_TRUE(Submit(ann, corpus, &job).ok());
  int64_t last_step = 0;
  Watch(
      ann, job.name(), 2,
      [&] {
        v1::Job waiting, refused;
        EXPECT_TRUE(Submit(ann, corpus, &waiting).ok());
        EXPECT_EQ(Reason(Submit(ann, corpus, &refused, "", kVocabulary)), "QUEUE_LIMIT");
        trainer_->Release();
      },
      &last_step);
  EXPECT_NE(Submit(ann, "corpora/0000", &job, "", kVocabulary).error_code(), grpc::StatusCode::OK);
  EXPECT_THAT(FilesIn("vocabularies"), IsEmpty());
  EXPECT_THAT(FilesIn("uploads"), IsEmpty());
}

TEST_F(StorageLimitsTest, AVocabularyGoesWithTheLastJobThatHasIt) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 100'000}});
  Start();
  const std::string corpus = UploadSentences(ann);
  v1::Job first, second;
  ASSERT_TRUE(Submit(ann, corpus, &first, "", kVocabulary).ok());
  ASSERT_TRUE(Submit(ann, corpus, &second, "", kVocabulary).ok());
  WatchToEnd(ann, first.name());
  WatchToEnd(ann, second.name());
  EXPECT_EQ(Count("SELECT vocabulary_bytes FROM job_sizes LIMIT 1"),
            static_cast<int64_t>(std::string(kVocabulary).size()));
  ASSERT_TRUE(Delete(ann, first.name()).ok());
  EXPECT_THAT(FilesIn("vocabularies"), SizeIs(1));
  ASSERT_TRUE(Delete(ann, second.name()).ok());
  EXPECT_THAT(FilesIn("vocabularies"), IsEmpty());
  EXPECT_EQ(Count("SELECT count(*) FROM job_sizes"), 0);
}

TEST_F(StorageLimitsTest, AJobThatDoesNotFitIsNotTaken) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 10'000}});
  Start();
  const std::string corpus = UploadSentences(ann);
  v1::Job job;
  std::string vocabulary = kVocabulary;
  for (int i = 0; vocabulary.size() < 10'000; ++i) vocabulary += "w" + std::to_string(i) + "\n";
  const grpc::Status status = Submit(ann, corpus, &job, "", vocabulary);
  EXPECT_EQ(Reason(status), "STORAGE_LIMIT");
  EXPECT_THAT(status.error_message(), HasSubstr("the job has"));
  EXPECT_THAT(FilesIn("vocabularies"), IsEmpty());
  EXPECT_TRUE(Submit(ann, corpus, &job, "", kVocabulary).ok());
}

TEST_F(StorageLimitsTest, ACheckpointThatDoesNotFitIsNotWritten) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 100'000}});
  Start();
  trainer_->SaveBytes(200'000);
  v1::Job job;
  ASSERT_TRUE(Submit(ann, UploadSentences(ann), &job).ok());
  while (Count("SELECT count(*) FROM jobs WHERE state <> 'PAUSED'") > 0) std::this_thread::yield();
  EXPECT_EQ(Count("SELECT reason LIKE '%the job''s next checkpoint has 200000 bytes%' FROM jobs"),
            1);
  EXPECT_THAT(FilesIn(job.name()), IsEmpty());
}

TEST_F(StorageLimitsTest, EndedJobsOfATokenAreLimited) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start({.ended_jobs = 2, .demand_tokens = true});
  const std::string corpus = UploadSentences(ann);
  v1::Job first, second, third;
  ASSERT_TRUE(Submit(ann, corpus, &first, "one").ok());
  WatchToEnd(ann, first.name());
  ASSERT_TRUE(Submit(ann, corpus, &second).ok());
  WatchToEnd(ann, second.name());
  const grpc::Status status = Submit(ann, corpus, &third);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(status), "ENDED_JOBS_LIMIT");
  EXPECT_THAT(status.error_message(), HasSubstr("2 ended jobs are kept, of at most 2"));
  EXPECT_TRUE(Submit(ann, corpus, &third, "one").ok());  // not a new request
  EXPECT_TRUE(Submit(bob, corpus, &third).ok());
  ASSERT_TRUE(Delete(ann, first.name()).ok());
  EXPECT_TRUE(Submit(ann, corpus, &third).ok());
}

// Whoever retries it, the job counts for its owner.
TEST_F(StorageLimitsTest, ARetryHasItsPlaceInTheQueueOfItsToken) {
  const std::string admin = Create({.role = v1::ADMIN});
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.queued_jobs = 1}});
  Start();
  trainer_->HoldAfter(2);
  const std::string corpus = UploadSentences(ann);
  v1::Job running, cancelled, waiting;
  ASSERT_TRUE(Submit(ann, corpus, &running).ok());
  int64_t last_step = 0;
  Watch(
      ann, running.name(), 2,
      [&] {
        const auto retry = &v1::JobService::Stub::RetryJob;
        EXPECT_TRUE(Submit(ann, corpus, &cancelled).ok());
        EXPECT_TRUE(Cancel(ann, cancelled.name()).ok());
        EXPECT_TRUE(Submit(ann, corpus, &waiting).ok());
        EXPECT_EQ(Reason(Change(ann, retry, cancelled.name())), "QUEUE_LIMIT");
        EXPECT_EQ(Reason(Change(admin, retry, cancelled.name())), "QUEUE_LIMIT");
        EXPECT_TRUE(Cancel(ann, waiting.name()).ok());
        EXPECT_TRUE(Change(ann, retry, cancelled.name()).ok());
        trainer_->Release();
      },
      &last_step);
}

TEST_F(StorageLimitsTest, ARequestIdIsOneOfItsToken) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start();
  const std::string corpus = UploadSentences(ann);
  v1::Job of_ann, again, of_bob;
  ASSERT_TRUE(Submit(ann, corpus, &of_ann, "11f3").ok());
  ASSERT_TRUE(Submit(bob, corpus, &of_bob, "11f3").ok());
  ASSERT_TRUE(Submit(ann, corpus, &again, "11f3").ok());
  EXPECT_EQ(again.name(), of_ann.name());
  EXPECT_NE(of_bob.name(), of_ann.name());
  EXPECT_EQ(of_bob.submitted_by(), "tokens/" + bob.substr(8, 12));
}

}  // namespace
}  // namespace electra::server

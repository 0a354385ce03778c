// The audit of changes: one row for each call, whatever its outcome.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "electra/v1/daemon.grpc.pb.h"
#include "electra/v1/model.grpc.pb.h"
#include "tests/server/access_rig.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// By its name (AIP-130), whatever the daemon's own table says.
bool OnlyReads(std::string_view method) {
  for (const std::string_view verb :
       {"Get", "List", "Watch", "Download", "Estimate", "Fake", "Judge", "Embed"}) {
    if (method.starts_with(verb)) return true;
  }
  return false;
}

class AuditTest : public AccessTest {
 protected:
  // "METHOD RESOURCE OUTCOME" of every row, in order.
  std::vector<std::string> Rows() {
    SQLite::Database database((folder_.path() / "electrad.db").string(), SQLite::OPEN_READONLY);
    SQLite::Statement query(database, "SELECT method, resource, outcome FROM audits ORDER BY id");
    std::vector<std::string> rows;
    while (query.executeStep()) {
      const std::string method = query.getColumn(0).getString();
      rows.push_back(method.substr(method.rfind('.') + 1) + " " + query.getColumn(1).getString() +
                     " " + query.getColumn(2).getString());
    }
    return rows;
  }

  template <typename Stub, typename Request, typename Response>
  void Change(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const std::string& name) {
    Request request;
    request.set_name(name);
    Response response;
    const grpc::Status status = Call(token_, method, request, &response);
    EXPECT_TRUE(status.ok()) << Request::descriptor()->name() << ": " << status.error_message();
  }

  // Until the job has ended.
  void WatchToTheEnd(const std::string& job) {
    int64_t last_step = 0;
    EXPECT_TRUE(Watch(
                    token_, job, 0, [] {}, &last_step)
                    .ok());
  }

  std::string token_ = Create({.role = v1::ADMIN});
};

TEST_F(AuditTest, EveryMethodThatChangesLeavesARowAndNoOtherDoes) {
  Start();
  std::vector<std::string> expected;
  for (const auto* method : AllMethods()) {
    CallEmpty(token_, ShortName(*method));
    if (!OnlyReads(method->name())) expected.push_back(method->name());
  }
  std::vector<std::string> methods;
  for (const std::string& row : Rows()) methods.push_back(row.substr(0, row.find(' ')));
  EXPECT_THAT(methods, ElementsAreArray(expected));
  EXPECT_GE(expected.size(), 15u);
}

TEST_F(AuditTest, ARowNamesTheTokenTheResourceAndTheOutcome) {
  Start();
  std::string corpus;
  ASSERT_TRUE(Upload(token_, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job job;
  ASSERT_TRUE(Submit(token_, corpus, &job).ok());
  WatchToTheEnd(job.name());
  Cancel(token_, "jobs/000000000000");
  v1::UpdateJobRequest update;
  update.mutable_job()->set_name(job.name());
  update.mutable_job()->set_note("a note");
  v1::Job updated;
  EXPECT_TRUE(Call(token_, &v1::JobService::Stub::UpdateJob, update, &updated).ok());
  Change(&v1::JobService::Stub::DeleteJob, job.name());
  Change(&v1::CorpusService::Stub::DeleteCorpus, corpus);
  v1::ListJobsResponse jobs;
  EXPECT_TRUE(Call(token_, &v1::JobService::Stub::ListJobs, v1::ListJobsRequest(), &jobs).ok());
  v1::CollectGarbageResponse garbage;
  EXPECT_TRUE(
      Call(token_, &v1::DaemonService::Stub::CollectGarbage, v1::CollectGarbageRequest(), &garbage)
          .ok());
  v1::UnloadModelsResponse unloaded;
  EXPECT_TRUE(
      Call(token_, &v1::DaemonService::Stub::UnloadModels, v1::UnloadModelsRequest(), &unloaded)
          .ok());
  EXPECT_THAT(
      Rows(),
      ElementsAre("UploadCorpus " + corpus + " OK", "SubmitJob " + job.name() + " OK",
                  "CancelJob jobs/000000000000 NOT_FOUND", "UpdateJob " + job.name() + " OK",
                  "DeleteJob " + job.name() + " OK", "DeleteCorpus " + corpus + " OK",
                  "CollectGarbage  OK", "UnloadModels  OK"));
  SQLite::Database database((folder_.path() / "electrad.db").string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database
                .execAndGet("SELECT count(*) FROM audits WHERE token <> '" + token_.substr(8, 12) +
                            "' OR peer NOT LIKE 'ipv4:127.0.0.1:%'")
                .getInt(),
            0);
}

TEST_F(AuditTest, WaitingPausingAndTryingAgainAreInIt) {
  Start();
  trainer_->HoldAfter(2);
  std::string corpus;
  ASSERT_TRUE(Upload(token_, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job running, job;
  ASSERT_TRUE(Submit(token_, corpus, &running).ok());
  ASSERT_TRUE(Submit(token_, corpus, &job).ok());
  Change(&v1::JobService::Stub::PauseJob, job.name().substr(0, job.name().size() - 1));
  Change(&v1::JobService::Stub::ResumeJob, job.name());
  Change(&v1::JobService::Stub::CancelJob, job.name());
  Change(&v1::JobService::Stub::RetryJob, job.name());
  trainer_->Release();
  const std::vector<std::string> rows = Rows();
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_THAT(std::vector<std::string>(rows.begin() + 3, rows.end()),
              ElementsAre("PauseJob " + job.name() + " OK", "ResumeJob " + job.name() + " OK",
                          "CancelJob " + job.name() + " OK", "RetryJob " + job.name() + " OK"));
}

// Bytes of it may have been stored before it was refused.
TEST_F(AuditTest, AnUploadThatIsRefusedOrBreaksOffIsInIt) {
  const std::string small = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 30}});
  Start();
  std::string name;
  EXPECT_EQ(Reason(Upload(small, std::string(31, 'a'), &name)), "STORAGE_LIMIT");
  EXPECT_EQ(Break(small, std::string(30, 'a')), grpc::StatusCode::DATA_LOSS);
  EXPECT_THAT(Rows(), ElementsAre("UploadCorpus  RESOURCE_EXHAUSTED", "UploadCorpus  DATA_LOSS"));
}

TEST_F(AuditTest, WhatALibraryThrowsEndsTheCallAndNotTheDaemon) {
  Start();
  trainer_->ThrowAtUnload();
  v1::UnloadModelsResponse unloaded;
  const grpc::Status status =
      Call(token_, &v1::DaemonService::Stub::UnloadModels, v1::UnloadModelsRequest(), &unloaded);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), HasSubstr("a library threw"));
  EXPECT_THAT(Rows(), ElementsAre("UnloadModels  INTERNAL"));
}

}  // namespace
}  // namespace electra::server

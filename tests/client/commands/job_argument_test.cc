// JOB: an ID, the beginning of one, or the display name of one job.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"
#include "tests/temporary_folder.h"

namespace electra::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobArgumentTest : public ::testing::Test {
 protected:
  JobArgumentTest() {
    rig_.server = server_.address();
    server_.jobs.get_status = {grpc::StatusCode::NOT_FOUND, "there is no such job"};
    server_.jobs.job.set_name("jobs/7f3a51c0d2e4");  // of calls that change it
    Add("7f3a51c0d2e4", "books");
  }

  void Add(const std::string& id, const std::string& name) {
    v1::Job job;
    job.set_name("jobs/" + id);
    job.set_display_name(name);
    job.set_state(v1::RUNNING);
    job.mutable_create_time()->set_seconds(absl::ToUnixSeconds(rig_.now) - 300);
    server_.jobs.jobs.push_back(job);
    server_.jobs.by_name[job.name()] = job;
  }

  FakeServer server_;
  ClientRig rig_;
};

TEST_F(JobArgumentTest, IsADisplayNameInEveryCommand) {
  const std::vector<std::vector<std::string>> commands = {{"job", "show", "books"},
                                                          {"job", "pause", "books"},
                                                          {"job", "resume", "books"},
                                                          {"job", "cancel", "books"},
                                                          {"job", "retry", "books"},
                                                          {"job", "tag", "books", "a=b"},
                                                          {"job", "note", "books", "text"},
                                                          {"job", "rename", "books", "new"},
                                                          {"job", "delete", "books", "--yes"},
                                                          {"samples", "books"},
                                                          {"metrics", "books"},
                                                          {"compare", "books", "7f3a51c0d2e4"},
                                                          {"report", "books"},
                                                          {"try", "books", "--text", "문장"}};
  for (const auto& arguments : commands) {
    ClientRig rig;
    rig.server = server_.address();
    EXPECT_EQ(rig.Run(arguments), ExitCode::kDone)
        << ::testing::PrintToString(arguments) << rig.err.str();
  }
  const TemporaryFolder folder;
  rig_.Run({"model", "download", "books", (folder.path() / "out").string()});
  ASSERT_EQ(server_.models.downloads.size(), 1u);
  EXPECT_EQ(server_.models.downloads[0].name(), "jobs/7f3a51c0d2e4");
  EXPECT_THAT(server_.jobs.deleted, ElementsAre("jobs/7f3a51c0d2e4"));
  EXPECT_EQ(server_.history.sample_requests[0].parent(), "jobs/7f3a51c0d2e4");
  EXPECT_EQ(server_.history.metrics_requests[0].parent(), "jobs/7f3a51c0d2e4");
  EXPECT_EQ(server_.inference.fakes[0].name(), "jobs/7f3a51c0d2e4");
  EXPECT_EQ(server_.jobs.updates[0].job().name(), "jobs/7f3a51c0d2e4");
  for (const v1::ListJobsRequest& request : server_.jobs.list_requests) {
    EXPECT_EQ(request.filter(), "name=\"books\"");
  }
}

TEST_F(JobArgumentTest, SeveralJobsOfANameAreListed) {
  Add("51c07f3a0b1d", "books");
  server_.jobs.by_name["jobs/51c07f3a0b1d"].set_state(v1::SUCCEEDED);
  server_.jobs.jobs.back().set_state(v1::SUCCEEDED);
  EXPECT_EQ(rig_.Run({"job", "cancel", "books", "--lang", "en"}), ExitCode::kUsage);
  EXPECT_EQ(rig_.err.str(),
            "electra: several jobs are named 'books': give the ID of one\n"
            "  7f3a51c0d2e4  running  2026-11-25T11:55:00Z\n"
            "  51c07f3a0b1d  succeeded  2026-11-25T11:55:00Z\n");
  EXPECT_THAT(rig_.out.str(), IsEmpty());
  for (int i = 0; i < 20; ++i) Add(absl::StrCat("a", i), "books");
  rig_.err.str("");
  EXPECT_EQ(rig_.Run({"job", "cancel", "books", "--lang", "en"}), ExitCode::kUsage);
  EXPECT_EQ(CountLines(rig_.err.str()), 12u);
  EXPECT_TRUE(rig_.err.str().ends_with("  and others\n"));
}

TEST_F(JobArgumentTest, AnIdWinsOverAName) {
  Add("51c07f3a0b1d", "7f3a51c0d2e4");
  EXPECT_EQ(rig_.Run({"job", "delete", "7f3a51c0d2e4", "--yes"}), ExitCode::kDone);
  EXPECT_THAT(server_.jobs.deleted, ElementsAre("jobs/7f3a51c0d2e4"));
  EXPECT_THAT(server_.jobs.list_requests, IsEmpty());
}

TEST_F(JobArgumentTest, NamesThatLookLikeFiltersAreNames) {
  const std::pair<const char*, const char*> names[] = {
      {R"(a" OR state=RUNNING)", R"(name="a\" OR state=RUNNING")"},
      {R"(back\slash")", R"(name="back\\slash\"")"},
      // A star at either end would match any text.
      {"*", R"(name:"*")"},
      {"b*", R"(name:"b*")"},
      {"책 (1) AND NOT x", R"(name="책 (1) AND NOT x")"}};
  for (const auto& [name, filter] : names) {
    server_.jobs.list_requests.clear();
    ClientRig rig;
    rig.server = server_.address();
    // The server finds a job, but it is not called that.
    EXPECT_EQ(rig.Run({"job", "cancel", name}), ExitCode::kRefused) << name;
    EXPECT_EQ(rig.err.str(), "electra: there is no such job\n");
    ASSERT_EQ(server_.jobs.list_requests.size(), 1u) << name;
    EXPECT_EQ(server_.jobs.list_requests[0].filter(), filter);
  }
  Add("51c07f3a0b1d", "*");
  EXPECT_EQ(rig_.Run({"job", "delete", "*", "--yes"}), ExitCode::kDone);
  EXPECT_THAT(server_.jobs.deleted, ElementsAre("jobs/51c07f3a0b1d"));
}

TEST_F(JobArgumentTest, WhatCannotBeANameIsNotLookedFor) {
  for (const std::string& name : {std::string("jobs/books"), std::string(201, 'a')}) {
    EXPECT_EQ(rig_.Run({"job", "show", name}), ExitCode::kRefused);
  }
  EXPECT_EQ(rig_.Run({"job", "show", "\xff"}), ExitCode::kUsage);
  EXPECT_THAT(server_.jobs.list_requests, IsEmpty());
}

}  // namespace
}  // namespace electra::client

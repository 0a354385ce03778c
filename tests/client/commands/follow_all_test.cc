// `electra watch --follow-all` where there is no terminal: lines for logs, JSON for programs.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"

namespace electra::client {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

v1::Job Job(const std::string& id, v1::JobState state, int64_t step = 0) {
  v1::Job job;
  job.set_name("jobs/" + id);
  job.set_state(state);
  job.set_step(step);
  job.set_total_steps(60);
  return job;
}

class FollowAllTest : public ::testing::Test {
 protected:
  FollowAllTest() {
    rig_.server = server_.address();
    // The events of successive pauses; in the last one, somebody presses Ctrl-C.
    rig_.environment.wait = [this](absl::Duration pause) {
      rig_.waits.push_back(pause);
      rig_.now += pause;
      const size_t i = rig_.waits.size() - 1;
      i < pauses_.size() ? pauses_[i]() : rig_.interruption.Trigger();
    };
  }

  // The server's jobs from now on.
  void Have(std::vector<v1::Job> jobs) {
    v1::DaemonStatus& daemon = server_.daemon.status;
    daemon.Clear();
    for (const v1::Job& job : jobs) {
      if (job.state() == v1::RUNNING) daemon.set_running_jobs(daemon.running_jobs() + 1);
      if (job.state() == v1::QUEUED) daemon.set_queued_jobs(daemon.queued_jobs() + 1);
    }
    server_.jobs.jobs = std::move(jobs);
  }

  FakeServer server_;
  ClientRig rig_;
  std::vector<std::function<void()>> pauses_;
};

TEST_F(FollowAllTest, ALogHasALineForEachChangeOfAState) {
  Have({Job("b", v1::QUEUED), Job("a", v1::RUNNING, 10), Job("old", v1::SUCCEEDED, 60)});
  pauses_ = {[this] {
               Have({Job("b", v1::QUEUED), Job("a", v1::RUNNING, 11)});
             },
             [this] {
               server_.jobs.job = Job("a", v1::SUCCEEDED, 60);
               Have({Job("b", v1::RUNNING, 1), Job("a", v1::SUCCEEDED, 60)});
             },
             [this] {
               Have({}), server_.jobs.get_status = {grpc::StatusCode::NOT_FOUND, "gone"};
             }};
  EXPECT_EQ(rig_.Run({"watch", "--follow-all", "--lang", "en"}), ExitCode::kInterrupted);
  EXPECT_EQ(rig_.out.str(),
            "[12:00:00] a: running · step 10/60\n"
            "[12:00:00] b: queued\n"
            "[12:00:04] b: running · step 1/60\n"
            "[12:00:04] a: succeeded · step 60/60\n");
}

TEST_F(FollowAllTest, BetweenThemALogSaysHowFarTheyAreNowAndThen) {
  Have({Job("a", v1::RUNNING, 1)});
  for (int64_t step = 2; step <= 40; ++step) {
    pauses_.push_back([this, step] { Have({Job("a", v1::RUNNING, step)}); });
  }
  EXPECT_EQ(rig_.Run({"watch", "--follow-all", "--lang", "en"}), ExitCode::kInterrupted);
  EXPECT_EQ(rig_.out.str(),
            "[12:00:00] a: running · step 1/60\n"
            "[12:00:30] a: running · step 16/60\n"
            "[12:01:00] a: running · step 31/60\n");
}

TEST_F(FollowAllTest, ProgramsGetWhatHasChanged) {
  Have({Job("a", v1::RUNNING, 10), Job("b", v1::QUEUED)});
  pauses_ = {[this] { Have({Job("a", v1::RUNNING, 11), Job("b", v1::QUEUED)}); }};
  EXPECT_EQ(rig_.Run({"--json", "watch", "--follow-all"}), ExitCode::kInterrupted);
  const std::vector<std::string> lines = absl::StrSplit(rig_.out.str(), '\n', absl::SkipEmpty());
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(nlohmann::json::parse(lines[0])["name"], "jobs/a");
  EXPECT_EQ(nlohmann::json::parse(lines[1])["state"], "QUEUED");
  EXPECT_EQ(nlohmann::json::parse(lines[2])["step"], 11);
}

TEST_F(FollowAllTest, NoJobIsSaidOnce) {
  pauses_ = {[] {}, [] {}};
  EXPECT_EQ(rig_.Run({"watch", "--follow-all", "--lang", "en"}), ExitCode::kInterrupted);
  EXPECT_EQ(rig_.out.str(), "[12:00:00] No job is running or waiting.\n");
}

TEST_F(FollowAllTest, OldJobsThatStillWaitAreFoundBehindNewOnesThatEnded) {
  std::vector<v1::Job> jobs;
  for (int i = 0; i < 450; ++i) jobs.push_back(Job(absl::StrCat("new", i), v1::SUCCEEDED, 60));
  jobs.push_back(Job("old", v1::QUEUED));
  for (int i = 0; i < 450; ++i) jobs.push_back(Job(absl::StrCat("older", i), v1::FAILED, 60));
  Have(jobs);
  EXPECT_EQ(rig_.Run({"watch", "--follow-all", "--lang", "en"}), ExitCode::kInterrupted);
  EXPECT_EQ(rig_.out.str(), "[12:00:00] old: queued\n");
  EXPECT_THAT(server_.jobs.page_sizes, SizeIs(3));  // and no further
}

TEST_F(FollowAllTest, AServerThatRefusesIsSaidAndGivenUpAfterAWhile) {
  Have({Job("a", v1::RUNNING, 10)});
  pauses_.assign(20, [] {});
  pauses_[0] = [this] { server_.daemon.refusal = {grpc::StatusCode::UNAVAILABLE, "busy"}; };
  EXPECT_EQ(rig_.Run({"watch", "--follow-all", "--lang", "en"}), ExitCode::kNoServer);
  EXPECT_THAT(rig_.out.str(), HasSubstr("trying again within 0.5 s (1/12)\n"));
  EXPECT_THAT(rig_.out.str(), HasSubstr("(12/12)\n"));
  EXPECT_THAT(rig_.waits, SizeIs(13));
}

// However long the pauses have become, the client checks twice a second whether it is there again.
TEST_F(FollowAllTest, AServerThatIsGoneIsLookedForAllTheTime) {
  Have({Job("a", v1::RUNNING, 10)});
  pauses_.assign(40, [] {});
  pauses_[0] = [this] { server_.Stop(); };
  EXPECT_EQ(rig_.Run({"watch", "--follow-all", "--lang", "en"}), ExitCode::kInterrupted);
  EXPECT_THAT(rig_.out.str(), HasSubstr("trying again within 8.0 s (5/12)\n"));
  rig_.waits.erase(rig_.waits.begin());
  EXPECT_THAT(rig_.waits, Each(Le(absl::Milliseconds(500))));
}

TEST_F(FollowAllTest, WithoutAServerThereIsNothingToWaitFor) {
  server_.Stop();
  EXPECT_EQ(rig_.Run({"watch", "--follow-all"}), ExitCode::kNoServer);
  EXPECT_THAT(rig_.waits, IsEmpty());
}

}  // namespace
}  // namespace electra::client

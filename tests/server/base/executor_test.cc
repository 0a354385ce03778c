// Shares of tokens in the threads for the work of calls, and calls that leave.
#include "server/base/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "server/base/errors.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;

class ExecutorTest : public ::testing::Test {
 protected:
  ~ExecutorTest() override {
    if (!gate_.HasBeenNotified()) gate_.Notify();
    executor_.reset();  // runs the waiting work before its data are destroyed
  }

  void Start(const Executor::Options& options) { executor_ = std::make_unique<Executor>(options); }

  absl::Status Post(const std::string& token, std::function<void()> work) {
    return calls_.emplace_back(*executor_, token).Post(std::move(work));
  }

  // Takes one of the threads until Open(); returns when it has it.
  void Hold(const std::string& token) {
    auto has_begun = std::make_shared<absl::Notification>();
    ASSERT_TRUE(Post(token, [this, has_begun] {
                  has_begun->Notify();
                  gate_.WaitForNotification();
                }).ok());
    has_begun->WaitForNotification();
  }
  void Open() { gate_.Notify(); }

  // Runs after the earlier ones.
  absl::Status PostNote(const std::string& token, const std::string& note) {
    return Post(token, [this, note] {
      absl::MutexLock lock(&mutex_);
      notes_.push_back(note);
    });
  }
  std::vector<std::string> Notes() {
    executor_.reset();
    absl::MutexLock lock(&mutex_);
    return notes_;
  }

  std::unique_ptr<Executor> executor_;
  std::list<Executor::Call> calls_;
  absl::Notification gate_;
  absl::Mutex mutex_;
  std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(ExecutorTest, OneTokenLeavesThreadsToTheOthers) {
  Start({.name = "test", .threads = 3, .most_running_of_one = 2});
  Hold("ann");
  Hold("ann");
  ASSERT_TRUE(PostNote("ann", "ann's third").ok());
  absl::Notification bob_ran;
  ASSERT_TRUE(Post("bob", [&] { bob_ran.Notify(); }).ok());
  bob_ran.WaitForNotification();
  EXPECT_EQ(executor_->waiting(), 1u);
  EXPECT_EQ(executor_->stalled_since(), std::nullopt);  // it waits for its share, not for a thread
  Open();
  EXPECT_THAT(Notes(), ElementsAre("ann's third"));
}

TEST_F(ExecutorTest, TokensTakeTurns) {
  Start({.name = "test", .threads = 1});
  Hold("ann");
  for (const char* note : {"a1", "a2", "a3"}) ASSERT_TRUE(PostNote("ann", note).ok());
  for (const char* note : {"b1", "b2"}) ASSERT_TRUE(PostNote("bob", note).ok());
  ASSERT_TRUE(PostNote("eve", "e1").ok());
  EXPECT_NE(executor_->stalled_since(), std::nullopt);
  Open();
  EXPECT_THAT(Notes(), ElementsAre("b1", "e1", "a1", "b2", "a2", "a3"));
}

TEST_F(ExecutorTest, OneTokenLeavesPlacesToTheOthers) {
  Start({.name = "test", .threads = 1, .most_waiting = 3, .most_waiting_of_one = 2});
  Hold("ann");
  ASSERT_TRUE(PostNote("ann", "a1").ok());
  ASSERT_TRUE(PostNote("ann", "a2").ok());
  const absl::Status beyond = PostNote("ann", "a3");
  EXPECT_EQ(beyond.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(beyond), "CALL_LIMIT");
  ASSERT_TRUE(PostNote("bob", "b1").ok());
  const absl::Status full = PostNote("eve", "e1");
  EXPECT_EQ(full.message(), "the daemon has too many calls waiting");
  Open();
  EXPECT_THAT(Notes(), ElementsAre("b1", "a1", "a2"));
}

TEST_F(ExecutorTest, WhereNoTokensAreDemandedCallsMayHaveAll) {
  Start({.name = "test", .threads = 2, .most_waiting = 2, .most_waiting_of_one = 1});
  Hold("");
  Hold("");
  EXPECT_TRUE(PostNote("", "1").ok());
  EXPECT_TRUE(PostNote("", "2").ok());
  EXPECT_FALSE(PostNote("", "3").ok());
}

TEST_F(ExecutorTest, ACallThatLeavesFreesItsPlaceAndIsNotRun) {
  Start({.name = "test", .threads = 1, .most_waiting = 1});
  Hold("ann");
  Executor::Call gone(*executor_, "ann");
  ASSERT_TRUE(gone.Post([] { FAIL() << "it has left"; }).ok());
  EXPECT_FALSE(PostNote("bob", "there is no place").ok());
  EXPECT_TRUE(gone.Leave());
  EXPECT_FALSE(gone.Leave());
  EXPECT_EQ(executor_->waiting(), 0u);
  EXPECT_EQ(gone.Post([] { FAIL() << "it has left"; }).code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(PostNote("bob", "there is one").ok());
  Open();
  EXPECT_THAT(Notes(), ElementsAre("there is one"));
}

TEST_F(ExecutorTest, ACallThatRunsIsNotStopped) {
  Start({.name = "test", .threads = 1});
  Executor::Call call(*executor_, "ann");
  absl::Notification has_begun;
  ASSERT_TRUE(call.Post([&] {
                    has_begun.Notify();
                    gate_.WaitForNotification();
                  })
                  .ok());
  has_begun.WaitForNotification();
  EXPECT_FALSE(call.Leave());
  Open();
  executor_.reset();
}

}  // namespace
}  // namespace electra::server

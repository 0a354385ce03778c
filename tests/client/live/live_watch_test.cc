// The live view against a server in this process: its drawing, its keys, and the waiting between
// threads.
#include "client/live/live_watch.h"

#include <unistd.h>

#include <ostream>
#include <streambuf>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"
#include "tests/client/screen_model.h"

namespace electra::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Writer = grpc::ServerWriter<v1::TrainingEvent>;

v1::TrainingEvent Change(int64_t sequence, v1::JobState to) {
  v1::TrainingEvent event;
  event.set_sequence(sequence);
  event.mutable_state_change()->set_to(to);
  return event;
}

v1::TrainingEvent Step(int64_t sequence, int64_t step) {
  v1::TrainingEvent event;
  event.set_sequence(sequence);
  event.mutable_step()->set_step(step);
  event.mutable_step()->set_combined_loss(2.5);
  return event;
}

v1::TrainingEvent SampleOf(int64_t sequence, int64_t step, int32_t probe = 0) {
  v1::TrainingEvent event;
  event.set_sequence(sequence);
  *event.mutable_sample() = AppSample();
  event.mutable_sample()->set_step(step);
  event.mutable_sample()->set_probe(probe);
  return event;
}

// A stream's text that one thread writes and another waits for.
class SharedText : public std::streambuf {
 public:
  // False if it does not appear within a minute.
  bool WaitFor(const std::string& part) {
    const auto is_there = [this, &part]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return text_.find(part) != std::string::npos;
    };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&is_there), absl::Minutes(1));
  }

  std::string text() const {
    absl::MutexLock lock(&mutex_);
    return text_;
  }

 protected:
  int_type overflow(int_type c) override {
    const char byte = traits_type::to_char_type(c);
    xsputn(&byte, 1);
    return c;
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    absl::MutexLock lock(&mutex_);
    text_.append(bytes, static_cast<size_t>(count));
    return count;
  }

 private:
  mutable absl::Mutex mutex_;
  std::string text_ ABSL_GUARDED_BY(mutex_);
};

// A terminal of 80 x 24 whose keys are written into a pipe.
class Keyboard {
 public:
  Keyboard() { EXPECT_EQ(pipe(ends_), 0); }
  ~Keyboard() {
    close(ends_[0]);
    close(ends_[1]);
  }
  void Type(std::string_view keys) {
    EXPECT_EQ(write(ends_[1], keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  int input() const { return ends_[0]; }

 private:
  int ends_[2] = {};
};

class LiveWatchTest : public ::testing::Test {
 protected:
  LiveWatchTest()
      : terminal_(keyboard_.input(), -1),
        connection_({.target = server_.address(), .interruption = &rig_.interruption}) {
    rig_.UseTerminal(80);
    rig_.environment.out.stream = &out_;
    server_.jobs.job.set_name("jobs/7f3a");
    server_.jobs.job.set_state(v1::RUNNING);
    server_.jobs.job.set_total_steps(60);
  }

  WatchOutcome Watch() { return Watch(server_.jobs.job); }

  WatchOutcome Watch(const v1::Job& job) {
    CommandContext context{
        .environment = rig_.environment, .connection = connection_, .language = Language::kEnglish};
    LiveWatch view(context, terminal_, job);
    const WatchOutcome outcome =
        FollowJob(connection_, rig_.environment, {.job = "jobs/7f3a", .retry_limit = 0}, view);
    view.Finish();
    return outcome;
  }

  // The final text of the terminal, including lines that have scrolled away.
  std::string Screen() const {
    ScreenModel screen(24);
    screen.Write(drawn_.text());
    EXPECT_TRUE(screen.cursor_is_shown());
    EXPECT_TRUE(screen.wraps());
    return screen.Text();
  }

  void Send(std::vector<v1::TrainingEvent> events, grpc::Status status = grpc::Status::OK) {
    server_.training.streams.push_back(
        [events, status](const v1::WatchJobRequest&, Writer& writer) {
          for (const v1::TrainingEvent& event : events) writer.Write(event);
          return status;
        });
  }

  SharedText drawn_;
  std::ostream out_{&drawn_};
  FakeServer server_;
  ClientRig rig_;
  Keyboard keyboard_;
  Terminal terminal_;
  Connection connection_;
};

TEST_F(LiveWatchTest, TheLogStaysAboveTheLastState) {
  Send({Change(1, v1::RUNNING), Step(2, 1), SampleOf(3, 1), Step(4, 60), Change(5, v1::SUCCEEDED)});
  const WatchOutcome outcome = Watch();
  EXPECT_TRUE(outcome.status.ok());
  const std::string screen = Screen();
  EXPECT_THAT(screen,
              HasSubstr("[00:00:00] running\n\nepoch 0 in progress ------- result of step 1\n"));
  EXPECT_THAT(screen, HasSubstr("[00:00:00] succeeded\n-----"));
  EXPECT_THAT(screen, HasSubstr("7f3a · succeeded\n"));
  EXPECT_THAT(screen, HasSubstr("100% · step 60/60"));
  // Nobody watches any more.
  EXPECT_THAT(screen, Not(HasSubstr("q: leave")));
}

TEST_F(LiveWatchTest, OfThePastTheNewestSampleIsShown) {
  server_.jobs.job.set_last_sequence(7);
  Send({Change(1, v1::RUNNING), SampleOf(2, 10), SampleOf(3, 10, 1), SampleOf(4, 20),
        SampleOf(5, 20, 1), Step(6, 20), Step(7, 21), SampleOf(8, 30), Change(9, v1::SUCCEEDED)});
  Watch();
  const std::string screen = Screen();
  EXPECT_THAT(screen,
              HasSubstr("skipped 2 earlier samples and 0 earlier evaluations; to see all:"));
  EXPECT_THAT(screen, HasSubstr("\n  electra watch --plain 7f3a\n"));
  EXPECT_THAT(screen, Not(HasSubstr("step 10\n")));
  EXPECT_THAT(screen, HasSubstr("result of step 20\n"));
  EXPECT_THAT(screen, HasSubstr("as seen after step 20\n"));
  EXPECT_THAT(screen, HasSubstr("result of step 30\n"));
}

TEST_F(LiveWatchTest, QLeavesAndTheStreamEnds) {
  server_.training.streams = {[this](const v1::WatchJobRequest&, Writer& writer) {
    const v1::TrainingEvent event = Step(1, 12);
    writer.Write(event);
    EXPECT_TRUE(drawn_.WaitFor("step 12/60"));
    keyboard_.Type("xq");
    // Until the client is gone; it drops repeated events.
    while (writer.Write(event)) {
    }
    return grpc::Status::CANCELLED;
  }};
  const WatchOutcome outcome = Watch();
  EXPECT_FALSE(outcome.end);
  EXPECT_TRUE(rig_.interruption.triggered());
  EXPECT_THAT(Screen(), HasSubstr("step 12/60"));
}

TEST_F(LiveWatchTest, ALostConnectionIsSaidAndNothingIsShownTwice) {
  Send({Change(1, v1::RUNNING), SampleOf(2, 1)}, {grpc::StatusCode::UNAVAILABLE, "leaving"});
  Send({SampleOf(2, 1), SampleOf(3, 2), Change(4, v1::SUCCEEDED)});
  // The pause lasts until the screen says what it is for.
  rig_.environment.wait = [this](absl::Duration pause) {
    rig_.waits.push_back(pause);
    EXPECT_TRUE(drawn_.WaitFor("connection lost · trying to reach "));
  };
  Watch();
  const std::string screen = Screen();
  const size_t first = screen.find("result of step 1\n");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(screen.find("result of step 1\n", first + 1), std::string::npos);
  EXPECT_THAT(screen, HasSubstr("result of step 2\n"));
  EXPECT_THAT(screen, Not(HasSubstr("connection lost")));
  EXPECT_EQ(rig_.waits.size(), 1u);
}

TEST_F(LiveWatchTest, ThePositionInTheQueueIsAskedFor) {
  server_.jobs.job.set_state(v1::QUEUED);
  server_.jobs.job.set_queue_position(0);
  v1::Job started = server_.jobs.job;
  server_.training.streams = {[this](const v1::WatchJobRequest&, Writer& writer) {
    writer.Write(Change(1, v1::QUEUED));
    EXPECT_TRUE(drawn_.WaitFor("position 4 in the queue"));
    writer.Write(Change(2, v1::SUCCEEDED));
    return grpc::Status::OK;
  }};
  server_.jobs.job.set_queue_position(4);
  Watch(started);
}

TEST_F(LiveWatchTest, TheUseOfTheDeviceIsAskedFor) {
  v1::Device& device = *server_.daemon.status.add_devices();
  device.set_name("cuda:0");
  device.set_running_job("jobs/7f3a");
  device.set_memory_bytes(24LL << 30);
  device.set_memory_used_bytes(6LL << 30);
  device.set_utilization(0.5);
  server_.training.streams = {[this](const v1::WatchJobRequest&, Writer& writer) {
    writer.Write(Change(1, v1::RUNNING));
    EXPECT_TRUE(drawn_.WaitFor("cuda:0 · 50% busy · 6.0 GiB / 24.0 GiB"));
    writer.Write(Change(2, v1::SUCCEEDED));
    return grpc::Status::OK;
  }};
  Watch(server_.jobs.job);
}

}  // namespace
}  // namespace electra::client

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/views/sample_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_server.h"
#include "tests/client/rig.h"
#include "tests/client/samples.h"

namespace electra::client {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Writer = grpc::ServerWriter<v1::TrainingEvent>;

v1::TrainingEvent StateChange(int64_t sequence, v1::JobState to) {
  v1::TrainingEvent event;
  event.set_sequence(sequence);
  event.mutable_state_change()->set_to(to);
  return event;
}

v1::TrainingEvent Info(int64_t sequence, const std::string& text) {
  v1::TrainingEvent event;
  event.set_sequence(sequence);
  event.mutable_log()->set_severity(v1::LogMessage::INFO);
  event.mutable_log()->set_text(text);
  return event;
}

FakeTraining::Stream Send(std::vector<v1::TrainingEvent> events,
                          grpc::Status status = grpc::Status::OK) {
  return [events, status](const v1::WatchJobRequest&, Writer& writer) {
    for (const v1::TrainingEvent& event : events) writer.Write(event);
    return status;
  };
}

const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "leaving");

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() {
    rig_.server = server_.address();
    server_.jobs.job.set_name("jobs/7f3a");
    server_.jobs.job.set_state(v1::RUNNING);
  }

  std::vector<int64_t> AskedAfter() const {
    std::vector<int64_t> sequences;
    for (const auto& request : server_.training.requests) {
      sequences.push_back(request.after_sequence());
    }
    return sequences;
  }

  FakeServer server_;
  ClientRig rig_;
};

TEST_F(WatchTest, ShowsTheLogUntilTheJobSucceeds) {
  v1::TrainingEvent sample;
  sample.set_sequence(3);
  *sample.mutable_sample() = AppSample();
  server_.training.streams = {Send({StateChange(1, v1::PREPARING), StateChange(2, v1::RUNNING),
                                    sample, StateChange(4, v1::SUCCEEDED)})};
  server_.jobs.job.set_model_path("/data/models/7f3a");
  server_.jobs.job.mutable_first_evaluation()->set_combined_loss(20);
  server_.jobs.job.mutable_last_evaluation()->set_combined_loss(9);
  EXPECT_EQ(rig_.Run({"watch", "7f", "--lang", "ko"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(),
            "[00:00:00] 준비\n[00:00:00] 학습\n\n" +
                RenderSample(AppSample(), {.language = Language::kKorean}) +
                "\n[00:00:00] 완료\n평가 Combined Loss: 20.000 → 9.000\n모델: /data/models/7f3a\n");
  EXPECT_THAT(rig_.err.str(), IsEmpty());
  // The typed name goes to the server once; then the job's whole name is known.
  EXPECT_THAT(server_.jobs.asked, ElementsAre("jobs/7f", "jobs/7f3a"));
  EXPECT_EQ(server_.training.requests[0].name(), "jobs/7f3a");
}

TEST_F(WatchTest, TheEndNamesTheStepOfTheModelAndWhatItIsTheBestBy) {
  server_.training.streams = {Send({StateChange(1, v1::SUCCEEDED)}),
                              Send({StateChange(1, v1::SUCCEEDED)})};
  v1::Job& job = server_.jobs.job;
  job.set_model_path("/data/jobs/7f3a/checkpoints/step-00000200");
  job.set_model_step(200);
  (*job.mutable_hyperparameters()->mutable_fields())["metric_for_best_model"].set_string_value(
      "generator_loss");
  job.mutable_first_evaluation()->set_combined_loss(45.28);
  job.mutable_best_evaluation()->set_step(200);
  job.mutable_best_evaluation()->set_combined_loss(29.5);
  job.mutable_last_evaluation()->set_step(1000);
  job.mutable_last_evaluation()->set_combined_loss(65.58);
  EXPECT_EQ(rig_.Run({"watch", "7f", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("evaluated Combined Loss: 45.280 → 29.500\n"),
                    HasSubstr("step of the model: 200 (best evaluation by generator_loss)\n")));
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"job", "7f"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("model_step\t200 (best evaluation by generator_loss)\n"));
  // The last step's, where that was requested.
  job.set_model_step(1000);
  rig_.out.str("");
  EXPECT_EQ(rig_.Run({"watch", "7f", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(),
              AllOf(HasSubstr("45.280 → 65.580\n"), HasSubstr("step of the model: 1000\n")));
}

TEST_F(WatchTest, JobsMayBeNamedInFull) {
  server_.training.streams = {Send({StateChange(1, v1::SUCCEEDED)})};
  EXPECT_EQ(rig_.Run({"watch", "jobs/7f3a"}), ExitCode::kDone);
  EXPECT_EQ(server_.jobs.asked[0], "jobs/7f3a");
}

TEST_F(WatchTest, TheEndCallsAPersonBackWhereThatIsAskedFor) {
  const auto ends = [](v1::JobState state) { return Send({StateChange(1, state)}); };
  server_.training.streams = {ends(v1::SUCCEEDED), ends(v1::FAILED), ends(v1::SUCCEEDED),
                              ends(v1::SUCCEEDED)};
  server_.jobs.job.set_display_name("books; \x1b]0;x\a");
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--notify"}), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str() + rig_.err.str(), Not(HasSubstr("\a")));  // nobody is there
  rig_.UseTerminal(80);
  const std::vector<std::string> watch = {"watch", "7f3a", "--plain", "--lang", "en"};
  std::vector<std::string> notify = watch;
  notify.push_back("--notify");
  EXPECT_EQ(rig_.Run(notify), ExitCode::kJobFailed);
  EXPECT_THAT(rig_.out.str(), EndsWith("\x1b]9;books, ␛]0,x␇: failed\a\a"));
  rig_.variables["VTE_VERSION"] = "7200";
  EXPECT_EQ(rig_.Run(notify), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), HasSubstr("\x1b]777;notify;electra;books, "));
  rig_.out.str("");
  EXPECT_EQ(rig_.Run(watch), ExitCode::kDone);
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("\a")));
}

TEST_F(WatchTest, ARetriedJobIsFollowedBeyondItsFailure) {
  server_.training.streams = {Send(
      {StateChange(1, v1::FAILED), StateChange(2, v1::QUEUED), StateChange(3, v1::SUCCEEDED)})};
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kDone);
}

TEST_F(WatchTest, FailedAndCancelledJobsAreOne) {
  server_.training.streams = {Send({StateChange(1, v1::FAILED)}),
                              Send({StateChange(1, v1::CANCELLED)})};
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kJobFailed);
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kJobFailed);
}

TEST_F(WatchTest, ComesBackAfterABreakWithoutDuplicates) {
  // The second stream repeats events, as a server without the cursor would.
  server_.training.streams = {
      Send({Info(1, "one"), Info(2, "two")}, kLost),
      Send({Info(1, "one"), Info(2, "two"), Info(3, "three")}, kLost),
      Send({Info(4, "four"), StateChange(5, v1::SUCCEEDED)}),
  };
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_THAT(AskedAfter(), ElementsAre(0, 2, 3));
  const std::string lost =
      "lost the connection to " + rig_.server + ", trying again within 0.5 s (1/12)\n";
  EXPECT_EQ(rig_.out.str(), "one\ntwo\n" + lost + "connected again\nthree\n" + lost +
                                "connected again\nfour\n[00:00:00] succeeded\n");
  EXPECT_THAT(rig_.waits, Each(absl::Milliseconds(500)));
}

TEST_F(WatchTest, GivesUpAfterTheLimitWithGrowingPauses) {
  server_.training.streams.assign(13, Send({}, kLost));
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kNoServer);
  ASSERT_THAT(rig_.waits, SizeIs(12));
  EXPECT_EQ(rig_.waits[0], absl::Milliseconds(500));
  EXPECT_EQ(rig_.waits[1], absl::Seconds(1));
  EXPECT_EQ(rig_.waits[11], absl::Seconds(30));
  EXPECT_THAT(rig_.err.str(), HasSubstr("not available: leaving"));
}

TEST_F(WatchTest, OnlyUnavailableIsTriedAgain) {
  server_.training.streams = {Send({Info(1, "one")}, {grpc::StatusCode::INTERNAL, "a bug"})};
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kRefused);
  EXPECT_THAT(rig_.waits, IsEmpty());
  EXPECT_EQ(rig_.err.str(), "electra: a bug\n");
}

TEST_F(WatchTest, ABreakAfterTheEndIsNone) {
  server_.training.streams = {Send({StateChange(1, v1::SUCCEEDED)}, kLost)};
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kDone);
  EXPECT_THAT(rig_.waits, IsEmpty());
}

TEST_F(WatchTest, AStreamThatStaysOpenAfterTheEndIsLeft) {
  server_.training.streams = {[](const v1::WatchJobRequest&, Writer& writer) {
    const v1::TrainingEvent event = StateChange(1, v1::SUCCEEDED);
    while (writer.Write(event)) {
    }
    return grpc::Status::CANCELLED;
  }};
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kDone);
}

TEST_F(WatchTest, UnknownJobsAreRefusedBeforeAnyStream) {
  server_.jobs.get_status = {grpc::StatusCode::NOT_FOUND, "there is no job 'nope'"};
  EXPECT_EQ(rig_.Run({"watch", "nope"}), ExitCode::kRefused);
  EXPECT_EQ(rig_.err.str(), "electra: there is no job 'nope'\n");
  EXPECT_THAT(server_.training.requests, IsEmpty());
}

TEST_F(WatchTest, AfterTheLastEventTheJobSaysHowItEnded) {
  server_.training.streams = {Send({}), Send({}), Send({})};
  server_.jobs.job.set_state(v1::SUCCEEDED);
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--after", "99"}), ExitCode::kDone);
  EXPECT_THAT(AskedAfter(), ElementsAre(99));
  server_.jobs.job.set_state(v1::FAILED);
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--after", "99"}), ExitCode::kJobFailed);
  server_.jobs.job.set_state(v1::RUNNING);
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--after", "99"}), ExitCode::kRefused);
  EXPECT_THAT(rig_.err.str(), HasSubstr("ended the stream although jobs/7f3a is running"));
}

TEST_F(WatchTest, JsonIsOneEventALine) {
  v1::TrainingEvent step;
  step.set_sequence(2);
  step.mutable_step()->set_step(1);
  step.mutable_step()->set_combined_loss(2.5);
  server_.training.streams = {Send({Info(1, "a\nb\x1b"), step}, kLost),
                              Send({StateChange(3, v1::SUCCEEDED)})};
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--json"}), ExitCode::kDone);
  std::vector<nlohmann::json> events;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(rig_.out.str(), '\n', absl::SkipEmpty()))) {
    events.push_back(nlohmann::json::parse(line, nullptr, false));
    ASSERT_TRUE(events.back().is_object()) << line;
  }
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0]["log"]["text"], "a\nb\x1b");
  EXPECT_EQ(events[1]["step"]["combined_loss"], 2.5);
  EXPECT_EQ(events[1]["step"]["epoch"], 0);  // there although it is the default
  EXPECT_EQ(events[2]["state_change"]["to"], "SUCCEEDED");
  EXPECT_THAT(rig_.out.str(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(rig_.err.str(), HasSubstr("lost the connection"));
}

TEST_F(WatchTest, AnInterruptionLeavesTheJobAndSaysHowToCancel) {
  // The user interrupts while the first event is written to the terminal; the server keeps sending
  // events, which the client drops, until the client is gone.
  server_.training.streams = {[](const v1::WatchJobRequest&, Writer& writer) {
    const v1::TrainingEvent event = Info(1, "one");
    while (writer.Write(event)) {
    }
    return grpc::Status::CANCELLED;
  }};
  rig_.environment.out.is_terminal = true;
  rig_.environment.out.width = [this] {
    rig_.interruption.Trigger();
    return 80;
  };
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--lang", "en"}), ExitCode::kInterrupted);
  EXPECT_EQ(rig_.out.str(), "one\n");
  const std::string electra = "electra --server " + rig_.server;
  EXPECT_EQ(rig_.err.str(), "jobs/7f3a goes on without a watcher.\nwatch it:   " + electra +
                                " watch 7f3a --after 1\ncancel it:  " + electra +
                                " job cancel 7f3a\n");
}

TEST_F(WatchTest, AnInterruptionEndsThePauseToo) {
  server_.training.streams = {Send({Info(1, "one")}, kLost)};
  rig_.environment.wait = [this](absl::Duration) { rig_.interruption.Trigger(); };
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kInterrupted);
  EXPECT_THAT(AskedAfter(), ElementsAre(0));
}

TEST_F(WatchTest, NothingFromTheServerReachesTheTerminalAsAnEscapeSequence) {
  const std::string evil = "\x1b[2J\u009b31m\x07\u202e";
  v1::TrainingEvent checkpoint;
  checkpoint.set_sequence(2);
  checkpoint.mutable_checkpoint()->set_path(evil);
  v1::TrainingEvent preparation;
  preparation.set_sequence(3);
  preparation.mutable_preparation()->set_device(evil);
  v1::TrainingEvent sample;
  sample.set_sequence(4);
  *sample.mutable_sample() = AppSample();
  sample.mutable_sample()->mutable_tokens(6)->set_fake(evil);
  sample.mutable_sample()->mutable_tokens(7)->set_text(evil);
  v1::TrainingEvent end = StateChange(5, v1::FAILED);
  end.mutable_state_change()->set_reason(evil);
  server_.jobs.job.set_model_path(evil);
  server_.training.streams = {Send({Info(1, evil), checkpoint, preparation, sample, end})};
  EXPECT_EQ(rig_.Run({"watch", "7f3a"}), ExitCode::kJobFailed);
  EXPECT_THAT(rig_.out.str(), AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\u009b")),
                                    Not(HasSubstr("\x07")), Not(HasSubstr("\u202e"))));
  EXPECT_THAT(rig_.out.str(), HasSubstr("␛[2J"));
}

TEST_F(WatchTest, ColoursAreChosenOverWhatTheTerminalIs) {
  server_.training.streams.assign(3, Send({StateChange(1, v1::SUCCEEDED)}));
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--lang", "en", "--color", "always"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "\x1b[1m[00:00:00] succeeded\x1b[0m\n");
  rig_.out.str("");
  rig_.environment.out.color = ColorMode::kOn;
  EXPECT_EQ(rig_.Run({"--color", "never", "watch", "7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "[00:00:00] succeeded\n");
  rig_.out.str("");
  rig_.environment.out.color = ColorMode::kOff;
  EXPECT_EQ(rig_.Run({"--color", "auto", "watch", "7f3a", "--lang", "en"}), ExitCode::kDone);
  EXPECT_EQ(rig_.out.str(), "[00:00:00] succeeded\n");
  EXPECT_EQ(rig_.Run({"--color", "pink", "watch", "7f3a"}), ExitCode::kUsage);
}

TEST_F(WatchTest, OneJobOrAllOfThem) {
  EXPECT_EQ(rig_.Run({"watch"}), ExitCode::kUsage);
  EXPECT_THAT(rig_.err.str(), HasSubstr("JOB | --follow-all"));
  EXPECT_EQ(rig_.Run({"watch", "7f3a", "--follow-all"}), ExitCode::kUsage);
  EXPECT_EQ(rig_.Run({"watch", "--after", "3", "--follow-all"}), ExitCode::kUsage);
}

}  // namespace
}  // namespace electra::client

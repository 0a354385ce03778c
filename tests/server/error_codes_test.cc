// Codes and values that programs get with a refusal, a reason and a log, over a real port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/server/access_rig.h"

namespace electra::server {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using Values = std::map<std::string, std::string>;

class ErrorCodesTest : public AccessTest {
 protected:
  void SetUp() override {
    Start({});
    ASSERT_TRUE(Upload("", "첫 문장\n둘째 문장\n셋째 문장\n", &corpus_).ok());
  }

  v1::SubmitJobRequest Request() const {
    v1::SubmitJobRequest request;
    request.set_corpus(corpus_);
    request.set_model("models/tiny");
    Set(&request, "max_steps", 6);
    Set(&request, "batch_size", 1);
    return request;
  }

  static void Set(v1::SubmitJobRequest* request, const std::string& key, double value) {
    (*request->mutable_hyperparameters()->mutable_fields())[key].set_number_value(value);
  }

  grpc::Status SubmitChanged(const std::function<void(v1::SubmitJobRequest&)>& change) {
    v1::SubmitJobRequest request = Request();
    change(request);
    v1::Job job;
    return Call("", &v1::JobService::Stub::SubmitJob, request, &job);
  }

  v1::Job GetJob(const std::string& name) {
    v1::GetJobRequest request;
    request.set_name(name);
    v1::Job job;
    EXPECT_TRUE(Call("", &v1::JobService::Stub::GetJob, request, &job).ok());
    return job;
  }

  // Until the job is in this state, or has ended.
  std::vector<v1::TrainingEvent> WatchUntil(const std::string& job, v1::JobState state) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
    v1::WatchJobRequest request;
    request.set_name(job);
    const auto stub = v1::TrainingService::NewStub(channel_);
    const auto reader = stub->WatchJob(&context, request);
    std::vector<v1::TrainingEvent> events;
    v1::TrainingEvent event;
    while (reader->Read(&event)) {
      events.push_back(event);
      if (event.state_change().to() == state) break;
    }
    context.TryCancel();
    reader->Finish();
    return events;
  }

  std::string corpus_;
};

TEST_F(ErrorCodesTest, ARefusedSubmissionSaysWhyInCodeAndValues) {
  struct Case {
    std::function<void(v1::SubmitJobRequest&)> change;
    std::string reason;
    Values values;  // among others
  };
  const Case cases[] = {
      {[](auto& request) { request.set_corpus("books"); },
       "BAD_RESOURCE_NAME",
       {{"collection", "corpora"}}},
      {[](auto& request) { request.set_corpus("corpora/000000000000"); },
       "UNKNOWN_NAME",
       {{"name", "000000000000"},
        {"kind.code", "CORPUS"},
        {"hint.code", "LISTED_BY"},
        {"hint.command", "electra corpus list"}}},
      {[](auto& request) { request.set_model("models/smal"); },
       "UNKNOWN_NAME",
       {{"kind.code", "MODEL"}, {"hint.code", "DID_YOU_MEAN"}, {"hint.name", "small"}}},
      {[](auto& request) { Set(&request, "lerning_rate", 1); },
       "MISSPELLED_HYPERPARAMETER",
       {{"key", "lerning_rate"}, {"suggestion", "learning_rate"}}},
      {[](auto& request) { Set(&request, "learning_rate", 7); },
       "HYPERPARAMETER_NOT_ACCEPTED",
       {{"key", "learning_rate"}, {"accepted.code", "ABOVE_AND_AT_MOST"}, {"accepted.most", "1"}}},
      {[](auto& request) { request.set_priority(101); },
       "PRIORITY",
       {{"value", "101"}, {"least", "-100"}, {"most", "100"}}},
      {[](auto& request) { request.set_request_id(std::string(65, 'a')); }, "BAD_REQUEST_ID", {}},
      {[](auto& request) { request.set_display_name(std::string(5000, 'a')); },
       "TOO_MANY_BYTES",
       {{"field", "display_name"}, {"bytes", "5000"}}},
      {[](auto& request) { (*request.mutable_tags())["1st"] = "x"; },
       "BAD_TAG_KEY",
       {{"key", "\"1st\""}}},
      {[](auto& request) { (*request.mutable_tags())["topic"] = std::string(1000, 'a'); },
       "TOO_MANY_BYTES",
       {{"field.code", "TAG"}, {"field.key", "topic"}}},
      {[](auto& request) { request.add_probe("한 줄\n두 줄"); },
       "PROBE_SENTENCE_NOT_A_LINE",
       {{"number", "1"}}},
      {[](auto& request) {
         (*request.mutable_hyperparameters()->mutable_fields())["device"].set_string_value("cuda");
       },
       "FAKE_DEVICE",
       {{"device", "cuda"}}},
      {[](auto& request) {
         (*request.mutable_hyperparameters()->mutable_fields())["bf16"].set_bool_value(true);
       },
       "FAKE_WITHOUT_BFLOAT16",
       {}},
      {[](auto& request) { Set(&request, "batch_size", 4000); },
       "BATCH_ABOVE_SAMPLES",
       {{"batch", "4000"}, {"samples", "3"}}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.reason);
    const grpc::Status status = SubmitChanged(one.change);
    const google::rpc::ErrorInfo info = InfoOf(status);
    EXPECT_EQ(info.reason(), one.reason) << status.error_message();
    EXPECT_THAT(Values(info.metadata().begin(), info.metadata().end()), IsSupersetOf(one.values));
  }
}

// A client takes trailers of 8 KiB.
TEST_F(ErrorCodesTest, ManyLongViolationsArrive) {
  v1::UpdateJobRequest request;
  v1::Job job;
  ASSERT_TRUE(Submit("", corpus_, &job).ok());
  request.mutable_job()->set_name(job.name());
  for (int i = 0; i < 100; ++i) {
    std::string path;
    for (int k = 0; k < 300; ++k) path += "가";
    request.mutable_update_mask()->add_paths(path);
  }
  const grpc::Status status = Call("", &v1::JobService::Stub::UpdateJob, request, &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(Reason(status), "NOT_A_JOB_FIELD");
}

TEST_F(ErrorCodesTest, AReasonAndALogKeepTheirCodesOverARestart) {
  trainer_->GoOnFrom(3);
  trainer_->FailWith(ResourceExhaustedError("MEMORY_RAN_OUT",
                                            "memory ran out in step {step}: {cause}", 6,
                                            Message("BATCH", "a batch of {size}", 32)));
  v1::Job job;
  ASSERT_TRUE(Submit("", corpus_, &job).ok());
  WatchToEnd("", job.name());
  for (const bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    if (restarted) Start({});
    const v1::Job ended = GetJob(job.name());
    EXPECT_EQ(ended.reason(), "memory ran out in step 6: a batch of 32");
    EXPECT_EQ(ended.reason_code().code(), "MEMORY_RAN_OUT");
    const Values values = {
        {"step", "6"}, {"cause", "a batch of 32"}, {"cause.code", "BATCH"}, {"cause.size", "32"}};
    EXPECT_EQ(Values(ended.reason_code().args().begin(), ended.reason_code().args().end()), values);
    const std::vector<v1::TrainingEvent> events = WatchUntil(job.name(), v1::FAILED);
    EXPECT_EQ(events.back().state_change().reason_code().code(), "MEMORY_RAN_OUT");
    std::map<std::string, v1::LogMessage> logs;
    for (const v1::TrainingEvent& event : events) {
      if (event.has_log()) logs[event.log().code().code()] = event.log();
    }
    const v1::LogMessage& log = logs["RESUMED_FROM_STEP"];
    EXPECT_EQ(log.text(), "RESUMED from step 3");
    EXPECT_THAT(log.code().args(), UnorderedElementsAre(Pair("step", "3")));
  }
}

TEST_F(ErrorCodesTest, AStoppedDaemonLeavesTheCauseWithinTheReason) {
  trainer_->HoldAfter(2);
  v1::Job job;
  ASSERT_TRUE(Submit("", corpus_, &job).ok());
  WatchUntil(job.name(), v1::RUNNING);
  daemon_->Shutdown();
  Start({});
  const std::vector<v1::TrainingEvent> events = WatchUntil(job.name(), v1::SUCCEEDED);
  std::vector<std::string> codes;
  for (const v1::TrainingEvent& event : events) {
    const v1::MessageCode& code = event.state_change().reason_code();
    if (code.code() != "GOES_ON_AFTER_STEP") continue;
    EXPECT_THAT(code.args(), Contains(Pair("cause.code", "SHUTTING_DOWN")));
    codes.push_back(code.code());
  }
  EXPECT_EQ(codes.size(), 1u);
}

}  // namespace
}  // namespace electra::server

// Limits for one caller: every one is enforced, reported by its reason, and harms nobody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>

#include "electra/v1/inference.grpc.pb.h"
#include "server/access/per_token_limit.h"
#include "tests/server/access_rig.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

class LimitsTest : public AccessTest {
 protected:
  // A channel that does not share a connection with earlier ones.
  static grpc::ChannelArguments OwnConnection() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
  }

  grpc::Status GetCaller(const std::string& token) {
    v1::Caller caller;
    return Call(token, &v1::AccessService::Stub::GetCaller, v1::GetCallerRequest(), &caller);
  }

  // "CODE: message" of a refused UpdateJob.
  std::string UpdateError(const std::string& token, const v1::UpdateJobRequest& request) {
    v1::Job job;
    const grpc::Status status = Call(token, &v1::JobService::Stub::UpdateJob, request, &job);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message();
  }

  v1::Job SubmittedJob(const std::string& token) {
    std::string corpus;
    EXPECT_TRUE(Upload(token, "하나\n둘\n셋\n", &corpus).ok());
    v1::Job job;
    EXPECT_TRUE(Submit(token, corpus, &job).ok());
    return job;
  }
};

TEST_F(LimitsTest, RequestsASecondAreRefusedByName) {
  const std::string busy = Create({.role = v1::VIEWER, .limits = {.requests_per_second = 1}});
  const std::string other = Create({.role = v1::VIEWER});
  Start();
  grpc::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) status = GetCaller(busy);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(status), "RATE_LIMITED");
  EXPECT_THAT(status.error_message(), HasSubstr("1 requests a second"));
  EXPECT_TRUE(GetCaller(other).ok());
}

TEST_F(LimitsTest, StreamsOfATokenAreRefusedUntilOneHasEnded) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.streams = 1}});
  const std::string bob = Create({.role = v1::VIEWER});
  Start();
  trainer_->HoldAfter(2);
  const v1::Job job = SubmittedJob(ann);
  int64_t last_step = 0;
  const grpc::Status watched = Watch(
      ann, job.name(), 2,
      [&] {
        int64_t none = 0;
        const grpc::Status second = Watch(
            ann, job.name(), 0, [] {}, &none);
        EXPECT_EQ(second.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        EXPECT_EQ(Reason(second), "STREAM_LIMIT");
        std::string name;
        EXPECT_EQ(Reason(Upload(ann, "넷\n", &name)), "STREAM_LIMIT");
        trainer_->Release();
        EXPECT_TRUE(Watch(
                        bob, job.name(), 0, [] {}, &none)
                        .ok());
      },
      &last_step);
  EXPECT_TRUE(watched.ok());
  EXPECT_EQ(last_step, 6);
  // The daemon counts it until gRPC is done with it, which the client may hear of earlier.
  std::string name;
  grpc::Status uploaded = Upload(ann, "넷\n", &name);
  while (Reason(uploaded) == "STREAM_LIMIT") uploaded = Upload(ann, "넷\n", &name);
  EXPECT_TRUE(uploaded.ok()) << uploaded.error_message();
}

TEST_F(LimitsTest, MessagesHeadersAndChunksAreBounded) {
  const std::string token = Create({.role = v1::ADMIN});
  Start();
  v1::SubmitJobRequest large;
  large.set_vocabulary(std::string(5 << 20, 'a'));
  v1::Job job;
  EXPECT_EQ(Call(token, &v1::JobService::Stub::SubmitJob, large, &job).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);

  std::string name;
  const grpc::Status chunk = Upload(token, std::string((1 << 20) + 1, 'a'), &name);
  EXPECT_EQ(chunk.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(chunk.error_message(), HasSubstr("1048577 bytes: at most 1048576"));

  // A connection with too large a header may be cut off: another one is served.
  grpc::ClientContext context;
  SetToken(context, token);
  context.AddMetadata("x-large", std::string(20 << 10, 'a'));
  v1::Caller caller;
  const auto stub = v1::AccessService::NewStub(channel_);
  EXPECT_FALSE(stub->GetCaller(&context, {}, &caller).ok());
  channel_ = grpc::CreateCustomChannel(daemon_->address(), grpc::InsecureChannelCredentials(),
                                       OwnConnection());
  EXPECT_TRUE(GetCaller(token).ok());
}

TEST_F(LimitsTest, TextsForTrainedPairsAreBounded) {
  const std::string token = Create({.role = v1::VIEWER});
  Start();
  const auto fake = [&](int count, size_t bytes) {
    v1::FakeTextRequest request;
    for (int i = 0; i < count; ++i) request.add_texts(std::string(bytes, 'a'));
    v1::FakeTextResponse response;
    return Call(token, &v1::InferenceService::Stub::FakeText, request, &response).error_message();
  };
  EXPECT_THAT(fake(0, 0), HasSubstr("send at least one"));
  EXPECT_THAT(fake(65, 1), HasSubstr("texts are 65: send at most 64"));
  EXPECT_THAT(fake(1, 16385), HasSubstr("text 1 has 16385 bytes: at most 16384"));
  v1::JudgeTextRequest judge;
  for (int i = 0; i < 65; ++i) judge.add_texts("a");
  v1::JudgeTextResponse judged;
  EXPECT_THAT(Call(token, &v1::InferenceService::Stub::JudgeText, judge, &judged).error_message(),
              HasSubstr("texts are 65: send at most 64"));
  v1::EmbedTextRequest embed;
  for (int i = 0; i < 257; ++i) embed.add_texts("a");
  v1::EmbedTextResponse embedded;
  EXPECT_THAT(Call(token, &v1::InferenceService::Stub::EmbedText, embed, &embedded).error_message(),
              HasSubstr("texts are 257: send at most 256"));
}

// A message of 4 MiB has room for a million paths, each of which would get its own sentence.
TEST_F(LimitsTest, AnUpdateNamesSoManyFieldsAtMost) {
  const std::string token = Create({.role = v1::SUBMITTER});
  Start();
  v1::UpdateJobRequest request;
  request.mutable_job()->set_name(SubmittedJob(token).name());
  for (int i = 0; i < 101; ++i) request.mutable_update_mask()->add_paths("x");
  EXPECT_THAT(UpdateError(token, request), HasSubstr("101 paths: at most 100"));
}

// The smallest number has no absolute value.
TEST_F(LimitsTest, PrioritiesAreBoundedInBothDirections) {
  const std::string token = Create({.role = v1::SUBMITTER});
  Start();
  v1::SubmitJobRequest request;
  request.set_corpus(SubmittedJob(token).corpus());
  request.set_model("models/tiny");
  for (const int32_t priority :
       {-101, 101, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()}) {
    request.set_priority(priority);
    v1::Job job;
    const grpc::Status status = Call(token, &v1::JobService::Stub::SubmitJob, request, &job);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << priority;
    EXPECT_THAT(status.error_message(), HasSubstr("it must be from -100 to 100"));
  }
}

TEST(PerTokenLimit, EachTokenHasItsOwnAndGivesThemBack) {
  PerTokenLimit limit(2);
  std::shared_ptr<const void> first = limit.Take("ann");
  const std::shared_ptr<const void> second = limit.Take("ann");
  EXPECT_NE(first, nullptr);
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(limit.Take("ann"), nullptr);
  EXPECT_NE(limit.Take("bob"), nullptr);
  first.reset();
  EXPECT_NE(limit.Take("ann"), nullptr);
}

}  // namespace
}  // namespace electra::server

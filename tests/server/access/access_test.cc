// Who may do what, over a real port.
#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>

#include "electra/v1/model.grpc.pb.h"
#include "server/store/models.h"
#include "tests/server/access_rig.h"

namespace electra::server {
namespace {

using ::testing::HasSubstr;

// The roles that the contract promises; a method that is not here fails the test.
const std::map<std::string, v1::Role> kRoles = {
    {"AccessService/CreateToken", v1::ADMIN},
    {"AccessService/GetCaller", v1::VIEWER},
    {"AccessService/ListTokens", v1::ADMIN},
    {"AccessService/RevokeToken", v1::ADMIN},
    {"CorpusService/DeleteCorpus", v1::SUBMITTER},
    {"CorpusService/GetCorpus", v1::VIEWER},
    {"CorpusService/GetUpload", v1::SUBMITTER},
    {"CorpusService/ListCorpora", v1::VIEWER},
    {"CorpusService/UploadCorpus", v1::SUBMITTER},
    {"DaemonService/CollectGarbage", v1::ADMIN},
    {"DaemonService/GetStatus", v1::VIEWER},
    {"DaemonService/UnloadModels", v1::ADMIN},
    {"FinetuningService/CancelFinetuning", v1::SUBMITTER},
    {"FinetuningService/CreateFinetuning", v1::SUBMITTER},
    {"FinetuningService/DeleteFinetuning", v1::SUBMITTER},
    {"FinetuningService/GetFinetuning", v1::VIEWER},
    {"HistoryService/GetConfusions", v1::VIEWER},
    {"HistoryService/ListEvaluations", v1::VIEWER},
    {"HistoryService/ListSamples", v1::VIEWER},
    {"HistoryService/ListStepMetrics", v1::VIEWER},
    {"InferenceService/EmbedText", v1::VIEWER},
    {"InferenceService/FakeText", v1::VIEWER},
    {"InferenceService/JudgeText", v1::VIEWER},
    {"JobService/CancelJob", v1::SUBMITTER},
    {"JobService/DeleteJob", v1::SUBMITTER},
    {"JobService/EstimateJob", v1::VIEWER},
    {"JobService/GetJob", v1::VIEWER},
    {"JobService/ListHyperparameters", v1::VIEWER},
    {"JobService/ListJobs", v1::VIEWER},
    {"JobService/PauseJob", v1::SUBMITTER},
    {"JobService/ResumeJob", v1::SUBMITTER},
    {"JobService/RetryJob", v1::SUBMITTER},
    {"JobService/SubmitJob", v1::SUBMITTER},
    {"JobService/UpdateJob", v1::SUBMITTER},
    {"ModelService/DeleteModel", v1::SUBMITTER},
    {"ModelService/DownloadModel", v1::VIEWER},
    {"ModelService/FetchModel", v1::SUBMITTER},
    {"ModelService/GetModel", v1::VIEWER},
    {"ModelService/ImportModel", v1::SUBMITTER},
    {"ModelService/ListModels", v1::VIEWER},
    {"TrainingService/WatchJob", v1::VIEWER},
};

constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

TEST_F(AccessTest, EveryMethodAsksForItsRole) {
  const std::map<v1::Role, std::string> tokens = {{v1::VIEWER, Create({.role = v1::VIEWER})},
                                                  {v1::SUBMITTER, Create({.role = v1::SUBMITTER})},
                                                  {v1::ADMIN, Create({.role = v1::ADMIN})}};
  Start();
  const auto methods = AllMethods();
  EXPECT_EQ(methods.size(), kRoles.size());
  for (const auto* descriptor : methods) {
    const std::string method = ShortName(*descriptor);
    SCOPED_TRACE(method);
    ASSERT_EQ(kRoles.count(method), 1u);
    const grpc::Status stranger = CallEmpty("", method);
    EXPECT_EQ(stranger.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(Reason(stranger), "TOKEN_MISSING");
    for (const auto& [role, token] : tokens) {
      const grpc::Status status = CallEmpty(token, method);
      if (role < kRoles.at(method)) {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << role;
        EXPECT_EQ(Reason(status), "ROLE_TOO_LOW");
      } else {
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << role;
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << role;
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << role;
        EXPECT_TRUE(status.ok() || !Reason(status).empty()) << status.error_message();
      }
    }
  }
  // Reflection, which knows no tokens, is not even there.
  EXPECT_EQ(CallEmpty("", kReflection).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(AccessTest, WithoutTokensEveryoneIsAnAdmin) {
  Start({});
  v1::Caller caller;
  ASSERT_TRUE(Call("", &v1::AccessService::Stub::GetCaller, v1::GetCallerRequest(), &caller).ok());
  EXPECT_EQ(caller.role(), v1::ADMIN);
  EXPECT_FALSE(caller.has_token());
  EXPECT_NE(CallEmpty("", kReflection).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(AccessTest, AnAdminMakesAndRevokesTokens) {
  const std::string admin = Create({.role = v1::ADMIN});
  Start();
  v1::CreateTokenRequest wanted;
  wanted.set_role(v1::VIEWER);
  wanted.set_display_name("ann");
  wanted.mutable_expire_time()->set_seconds(4'000'000'000);
  v1::CreateTokenResponse made;
  ASSERT_TRUE(Call(admin, &v1::AccessService::Stub::CreateToken, wanted, &made).ok());
  v1::Caller ann;
  ASSERT_TRUE(
      Call(made.secret(), &v1::AccessService::Stub::GetCaller, v1::GetCallerRequest(), &ann).ok());
  EXPECT_EQ(ann.token().display_name(), "ann");
  EXPECT_EQ(ann.token().expire_time().seconds(), 4'000'000'000);
  EXPECT_EQ(ann.token().limits().queued_jobs(), 100);

  v1::RevokeTokenRequest request;
  request.set_name(made.token().name());
  v1::Token revoked;
  ASSERT_TRUE(Call(admin, &v1::AccessService::Stub::RevokeToken, request, &revoked).ok());
  EXPECT_TRUE(revoked.has_revoke_time());
  const grpc::Status status =
      Call(made.secret(), &v1::AccessService::Stub::GetCaller, v1::GetCallerRequest(), &ann);
  EXPECT_EQ(Reason(status), "TOKEN_UNKNOWN");
  SQLite::Database database((folder_.path() / "electrad.db").string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database
                .execAndGet("SELECT resource FROM audits WHERE method = "
                            "'electra.v1.AccessService.CreateToken'")
                .getString(),
            made.token().name());
  v1::ListTokensResponse list;
  ASSERT_TRUE(
      Call(admin, &v1::AccessService::Stub::ListTokens, v1::ListTokensRequest(), &list).ok());
  EXPECT_EQ(list.tokens_size(), 2);
}

TEST_F(AccessTest, ATokenIsGoodForAsLongAsItsRequestSays) {
  const std::string admin = Create({.role = v1::ADMIN});
  Start();
  v1::CreateTokenRequest wanted;
  wanted.set_role(v1::VIEWER);
  v1::CreateTokenResponse made;
  ASSERT_TRUE(Call(admin, &v1::AccessService::Stub::CreateToken, wanted, &made).ok());
  EXPECT_FALSE(made.token().has_expire_time());
  for (const auto& [ttl, lifetime] : {std::pair{0, 90 * 86400}, std::pair{3600, 3600}}) {
    wanted.mutable_ttl()->set_seconds(ttl);
    ASSERT_TRUE(Call(admin, &v1::AccessService::Stub::CreateToken, wanted, &made).ok());
    EXPECT_NEAR(static_cast<double>(made.token().expire_time().seconds() -
                                    made.token().create_time().seconds()),
                lifetime, 60);
  }
  for (const int64_t ttl : {int64_t{-1}, std::numeric_limits<int64_t>::min()}) {
    wanted.mutable_ttl()->set_seconds(ttl);
    EXPECT_EQ(Call(admin, &v1::AccessService::Stub::CreateToken, wanted, &made).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(AccessTest, NamesOfTokensHaveNoControlCharacters) {
  const std::string admin = Create({.role = v1::ADMIN});
  Start();
  v1::CreateTokenRequest wanted;
  wanted.set_role(v1::VIEWER);
  v1::CreateTokenResponse made;
  for (const char* name : {"a\x1b[2J", "a\tb", "a\nb", "\x7f",
                           "a\xC2\x9B"
                           "31m",
                           "a\u202Eb"}) {
    wanted.set_display_name(name);
    wanted.set_certificate("");
    grpc::Status status = Call(admin, &v1::AccessService::Stub::CreateToken, wanted, &made);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name;
    EXPECT_THAT(status.error_message(), ::testing::StartsWith("display_name is \""));
    wanted.set_display_name("");
    wanted.set_certificate(name);
    status = Call(admin, &v1::AccessService::Stub::CreateToken, wanted, &made);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name;
    EXPECT_THAT(status.error_message(), ::testing::StartsWith("certificate is \""));
  }
  wanted.set_display_name("여름 = 책");
  wanted.set_certificate("");
  EXPECT_TRUE(Call(admin, &v1::AccessService::Stub::CreateToken, wanted, &made).ok());
}

TEST_F(AccessTest, ARevokedTokenSeesNoEventAnyMore) {
  const std::string admin = Create({.role = v1::ADMIN});
  const std::string viewer = Create({.role = v1::VIEWER});
  Start();
  trainer_->HoldAfter(2);
  std::string corpus;
  ASSERT_TRUE(Upload(admin, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job job;
  ASSERT_TRUE(Submit(admin, corpus, &job).ok());
  int64_t last_step = 0;
  const grpc::Status status = Watch(
      viewer, job.name(), 2,
      [&] {
        v1::RevokeTokenRequest request;
        request.set_name("tokens/" + viewer.substr(8, 12));
        v1::Token revoked;
        EXPECT_TRUE(Call(admin, &v1::AccessService::Stub::RevokeToken, request, &revoked).ok());
        trainer_->Release();
      },
      &last_step);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Reason(status), "TOKEN_REVOKED");
  EXPECT_EQ(last_step, 2);
}

TEST_F(AccessTest, ARevokedTokensStreamEndsThoughItsJobIsSilent) {
  const std::string admin = Create({.role = v1::ADMIN});
  const std::string viewer = Create({.role = v1::VIEWER});
  Start();
  trainer_->HoldAfter(2);
  std::string corpus;
  ASSERT_TRUE(Upload(admin, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job job;
  ASSERT_TRUE(Submit(admin, corpus, &job).ok());
  int64_t last_step = 0;
  const grpc::Status status = Watch(
      viewer, job.name(), 2,
      [&] {
        v1::RevokeTokenRequest request;
        request.set_name("tokens/" + viewer.substr(8, 12));
        v1::Token revoked;
        EXPECT_TRUE(Call(admin, &v1::AccessService::Stub::RevokeToken, request, &revoked).ok());
      },
      &last_step);
  EXPECT_EQ(Reason(status), "TOKEN_REVOKED");
}

TEST_F(AccessTest, OnlyWhoSubmittedAJobOrAnAdminMayChangeIt) {
  const std::string admin = Create({.role = v1::ADMIN});
  const std::string ann = Create({.role = v1::SUBMITTER});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start();
  trainer_->HoldAfter(2);
  std::string corpus;
  ASSERT_TRUE(Upload(ann, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job running, first, second;
  ASSERT_TRUE(Submit(ann, corpus, &running).ok());
  ASSERT_TRUE(Submit(ann, corpus, &first).ok());
  ASSERT_TRUE(Submit(ann, corpus, &second).ok());
  EXPECT_EQ(first.submitted_by(), "tokens/" + ann.substr(8, 12));
  const grpc::Status refused = Cancel(bob, first.name());
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Reason(refused), "NOT_OWNER");
  v1::DeleteCorpusRequest request;
  request.set_name(corpus);
  google::protobuf::Empty nothing;
  EXPECT_EQ(Reason(Call(bob, &v1::CorpusService::Stub::DeleteCorpus, request, &nothing)),
            "NOT_OWNER");
  // An update names its job within the job that it holds.
  v1::UpdateJobRequest update;
  update.mutable_job()->set_name(first.name());
  update.mutable_job()->set_note("bob was here");
  v1::Job updated;
  EXPECT_EQ(Reason(Call(bob, &v1::JobService::Stub::UpdateJob, update, &updated)), "NOT_OWNER");
  EXPECT_TRUE(Call(ann, &v1::JobService::Stub::UpdateJob, update, &updated).ok());
  for (const std::string& name : {first.name(), first.name().substr(0, 5 + 11)}) {
    EXPECT_EQ(Reason(Delete(bob, name)), "NOT_OWNER");
    EXPECT_EQ(Reason(Change(bob, &v1::JobService::Stub::PauseJob, name)), "NOT_OWNER");
    EXPECT_EQ(Reason(Change(bob, &v1::JobService::Stub::ResumeJob, name)), "NOT_OWNER");
    EXPECT_EQ(Reason(Change(bob, &v1::JobService::Stub::RetryJob, name)), "NOT_OWNER");
  }
  EXPECT_TRUE(Cancel(ann, first.name()).ok());
  EXPECT_TRUE(Delete(ann, first.name()).ok());
  EXPECT_TRUE(Cancel(admin, second.name()).ok());
}

TEST_F(AccessTest, OnlyWhoImportedAModelOrAnAdminMayDeleteIt) {
  const std::string ann = Create({.role = v1::SUBMITTER});
  const std::string bob = Create({.role = v1::SUBMITTER});
  {
    const auto database = *Database::Open(folder_.path() / "electrad.db");
    ASSERT_TRUE(database
                    ->Write([&](Transaction& transaction) {
                      return InsertModel(transaction, {.name = "books",
                                                       .folder = "f1",
                                                       .sha256 = "digest",
                                                       .imported_by = ann.substr(8, 12)})
                          .status();
                    })
                    .ok());
  }
  Start();
  v1::DeleteModelRequest request;
  request.set_name("models/books");
  google::protobuf::Empty nothing;
  const auto remove = &v1::ModelService::Stub::DeleteModel;
  const grpc::Status refused = Call(bob, remove, request, &nothing);
  EXPECT_EQ(Reason(refused), "NOT_OWNER");
  EXPECT_THAT(refused.error_message(), HasSubstr("models/books is not token"));
  EXPECT_TRUE(Call(ann, remove, request, &nothing).ok());
}

TEST_F(AccessTest, TheQueueOfATokenIsLimited) {
  const std::string token = Create({.role = v1::SUBMITTER, .limits = {.queued_jobs = 2}});
  Start();
  trainer_->HoldAfter(2);
  std::string corpus;
  ASSERT_TRUE(Upload(token, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job running;
  ASSERT_TRUE(Submit(token, corpus, &running).ok());
  int64_t last_step = 0;
  // It trains: it is not in the queue any more.
  Watch(
      token, running.name(), 2, [&] { EXPECT_TRUE(Cancel(token, running.name()).ok()); },
      &last_step);
  trainer_->HoldAfter(2);
  ASSERT_TRUE(Submit(token, corpus, &running).ok());
  Watch(
      token, running.name(), 2,
      [&] {
        v1::Job job, again, refused;
        EXPECT_TRUE(Submit(token, corpus, &job, "one").ok());
        EXPECT_TRUE(Submit(token, corpus, &job, "two").ok());
        const grpc::Status status = Submit(token, corpus, &refused, "three");
        EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        EXPECT_EQ(Reason(status), "QUEUE_LIMIT");
        // A repeated request asks for nothing new.
        EXPECT_TRUE(Submit(token, corpus, &again, "two").ok());
        EXPECT_EQ(again.name(), job.name());
        trainer_->Release();
      },
      &last_step);
}

TEST_F(AccessTest, TheStoredBytesOfATokenAreLimited) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 30}});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start();
  std::string name, other;
  EXPECT_TRUE(Upload(ann, std::string(20, 'a'), &name).ok());
  const grpc::Status status = Upload(ann, std::string(11, 'b'), &other);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(status), "STORAGE_LIMIT");
  EXPECT_TRUE(Upload(bob, std::string(11, 'b'), &other).ok());
  v1::DeleteCorpusRequest request;
  request.set_name(name);
  google::protobuf::Empty nothing;
  EXPECT_TRUE(Call(ann, &v1::CorpusService::Stub::DeleteCorpus, request, &nothing).ok());
  EXPECT_TRUE(Upload(ann, std::string(30, 'c'), &name).ok());
}

TEST_F(AccessTest, UnfinishedUploadsCountForWhoBeganThem) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 30}});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start();
  const std::string text(20, 'a');
  EXPECT_EQ(Break(ann, text), grpc::StatusCode::DATA_LOSS);
  std::string name;
  EXPECT_EQ(Reason(Upload(ann, std::string(21, 'b'), &name)), "STORAGE_LIMIT");
  Start();  // a restart forgets nothing
  EXPECT_EQ(Reason(Upload(ann, std::string(21, 'b'), &name)), "STORAGE_LIMIT");
  EXPECT_TRUE(Upload(bob, std::string(11, 'b'), &name).ok());
  // Continuing an interrupted upload is not a second upload, and it counts once when done.
  EXPECT_TRUE(Upload(ann, text, &name).ok());
  EXPECT_EQ(Reason(Upload(ann, std::string(11, 'c'), &name)), "STORAGE_LIMIT");
  EXPECT_TRUE(Upload(ann, std::string(10, 'c'), &name).ok());
}

TEST_F(AccessTest, AnUploadThatIsRefusedOrRemovedCountsNoMore) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 30}});
  Start();
  std::string name;
  EXPECT_EQ(Upload(ann, std::string(20, '\xff'), &name).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Break(ann, std::string(20, 'a')), grpc::StatusCode::DATA_LOSS);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "uploads")) {
    std::filesystem::remove(entry);
  }
  Start();
  EXPECT_TRUE(Upload(ann, std::string(30, 'c'), &name).ok());
}

TEST_F(AccessTest, CheckpointsCountForWhoSubmittedTheJob) {
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 100'000}});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start();
  trainer_->SaveBytes(80'000);
  std::string corpus;
  ASSERT_TRUE(Upload(ann, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job first, second;
  ASSERT_TRUE(Submit(ann, corpus, &first).ok());
  WatchToEnd(ann, first.name());
  std::string name;
  EXPECT_EQ(Reason(Upload(ann, std::string(30'000, 'b'), &name)), "STORAGE_LIMIT");
  EXPECT_TRUE(Submit(bob, corpus, &second).ok());
  ASSERT_TRUE(Delete(ann, first.name()).ok());
  EXPECT_TRUE(Submit(ann, corpus, &second).ok());
}

}  // namespace
}  // namespace electra::server

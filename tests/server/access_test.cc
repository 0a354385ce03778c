// Who may do what, over a real port.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "core/text/sha256.h"
#include "electra/v1/access.grpc.pb.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/job.grpc.pb.h"
#include "electra/v1/training.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/access/token_admin.h"
#include "server/daemon.h"
#include "tests/server/fake_trainer.h"
#include "tests/server/test_certificates.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What the contract promises; a method that is not here fails the test.
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
    {"ModelService/GetModel", v1::VIEWER},
    {"ModelService/ImportModel", v1::SUBMITTER},
    {"ModelService/ListModels", v1::VIEWER},
    {"TrainingService/WatchJob", v1::VIEWER},
};

constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

// "JobService/SubmitJob" for every method that is linked into this program.
std::vector<std::string> AllMethods() {
  std::vector<std::string> files;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<std::string> methods;
  for (const std::string& name : files) {
    if (name.rfind("electra/", 0) != 0) continue;
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->name() + "/" + file->service(i)->method(j)->name());
      }
    }
  }
  return methods;
}

std::string Reason(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details()) || details.details_size() == 0 ||
      !details.details(0).UnpackTo(&info)) {
    return "";
  }
  EXPECT_EQ(info.domain(), "electra");
  return info.reason();
}

void WriteFile(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path unfinished = path.string() + ".new";
  std::ofstream(unfinished) << text;
  std::filesystem::rename(unfinished, path);
}

class AccessTest : public ::testing::Test {
 protected:
  void Start(DaemonOptions options = {.demand_tokens = true}) {
    daemon_.reset();
    options.data_dir = folder_.path();
    options.listen = "127.0.0.1:0";
    auto trainer = std::make_unique<FakeTrainer>();
    trainer_ = trainer.get();
    auto daemon = Daemon::Start(options, std::move(trainer));
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    channel_ = grpc::CreateChannel(daemon_->address(), grpc::InsecureChannelCredentials());
  }

  // As `electrad token create` does it: before the daemon starts.
  std::string Create(const TokenRow& wanted) {
    const auto database = Database::Open(folder_.path() / "electrad.db");
    EXPECT_TRUE(database.ok()) << database.status();
    const absl::StatusOr<NewToken> token = CreateToken(**database, wanted);
    EXPECT_TRUE(token.ok()) << token.status();
    return token->secret;
  }

  static void SetToken(grpc::ClientContext& context, const std::string& token) {
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  }

  template <typename Stub, typename Request, typename Response>
  grpc::Status Call(const std::string& token,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    SetToken(context, token);
    Stub stub(channel_);
    return (stub.*method)(&context, request, response);
  }

  // One empty message to a method, of whichever kind it is.
  grpc::Status CallEmpty(const std::string& token, const std::string& method) {
    grpc::ClientContext context;
    SetToken(context, token);
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const grpc::ByteBuffer empty(nullptr, 0);
    const std::string path =
        method.front() == '/' ? method : "/electra.v1." + method;  // another's has a whole path
    const auto call = stub.PrepareUnaryCall(&context, path, empty, &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, this);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return status;
  }

  grpc::Status Upload(const std::string& token, const std::string& text, std::string* name) {
    return UploadBytes(token, text, text.size(), name);
  }

  // An upload that ends after half of its bytes.
  grpc::StatusCode Break(const std::string& token, const std::string& text) {
    std::string name;
    return UploadBytes(token, text, text.size() / 2, &name).error_code();
  }

  // Announces the whole text and sends so many bytes of it.
  grpc::Status UploadBytes(const std::string& token, const std::string& text, size_t bytes,
                           std::string* name) {
    grpc::ClientContext context;
    SetToken(context, token);
    v1::Corpus corpus;
    const auto stub = v1::CorpusService::NewStub(channel_);
    const auto writer = stub->UploadCorpus(&context, &corpus);
    v1::UploadCorpusRequest request;
    request.mutable_header()->set_file_name("books.txt");
    request.mutable_header()->set_size_bytes(static_cast<int64_t>(text.size()));
    request.mutable_header()->set_sha256(Sha256Hex(text));
    writer->Write(request);
    request.mutable_chunk()->set_data(text.substr(0, bytes));
    writer->Write(request);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    *name = corpus.name();
    return status;
  }

  grpc::Status Submit(const std::string& token, const std::string& corpus, v1::Job* job,
                      const std::string& request_id = "") {
    v1::SubmitJobRequest request;
    request.set_corpus(corpus);
    request.set_model("models/tiny");
    request.set_request_id(request_id);
    auto& fields = *request.mutable_hyperparameters()->mutable_fields();
    fields["max_steps"].set_number_value(6);
    fields["batch_size"].set_number_value(1);
    return Call(token, &v1::JobService::Stub::SubmitJob, request, job);
  }

  grpc::Status Cancel(const std::string& token, const std::string& job) {
    v1::CancelJobRequest request;
    request.set_name(job);
    v1::Job answer;
    return Call(token, &v1::JobService::Stub::CancelJob, request, &answer);
  }

  // Reads up to the step, then calls `then`, then reads to the end.
  grpc::Status Watch(const std::string& token, const std::string& job, int64_t step,
                     const std::function<void()>& then, int64_t* last_step) {
    grpc::ClientContext context;
    SetToken(context, token);
    v1::WatchJobRequest request;
    request.set_name(job);
    const auto stub = v1::TrainingService::NewStub(channel_);
    const auto reader = stub->WatchJob(&context, request);
    v1::TrainingEvent event;
    while (reader->Read(&event)) {
      if (!event.has_step()) continue;
      *last_step = event.step().step();
      if (*last_step == step) then();
    }
    return reader->Finish();
  }

  TemporaryFolder folder_;
  FakeTrainer* trainer_ = nullptr;  // the daemon's
  std::unique_ptr<Daemon> daemon_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(AccessTest, EveryMethodAsksForItsRole) {
  const std::map<v1::Role, std::string> tokens = {{v1::VIEWER, Create({.role = v1::VIEWER})},
                                                  {v1::SUBMITTER, Create({.role = v1::SUBMITTER})},
                                                  {v1::ADMIN, Create({.role = v1::ADMIN})}};
  Start();
  const std::vector<std::string> methods = AllMethods();
  EXPECT_EQ(methods.size(), kRoles.size());
  for (const std::string& method : methods) {
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
  v1::DeleteJobRequest remove;
  remove.set_name(first.name());
  EXPECT_EQ(Reason(Call(bob, &v1::JobService::Stub::DeleteJob, remove, &nothing)), "NOT_OWNER");
  EXPECT_TRUE(Cancel(ann, first.name()).ok());
  EXPECT_TRUE(Call(ann, &v1::JobService::Stub::DeleteJob, remove, &nothing).ok());
  EXPECT_TRUE(Cancel(admin, second.name()).ok());
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
        // A request that was sent twice asks for nothing new.
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
  EXPECT_EQ(Reason(Upload(ann, std::string(11, 'b'), &name)), "STORAGE_LIMIT");
  Start();  // a restart forgets nothing
  EXPECT_EQ(Reason(Upload(ann, std::string(11, 'b'), &name)), "STORAGE_LIMIT");
  EXPECT_TRUE(Upload(bob, std::string(11, 'b'), &name).ok());
  // To go on with what broke off is no second upload, and done it counts once.
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
  const std::string ann = Create({.role = v1::SUBMITTER, .limits = {.stored_bytes = 1000}});
  const std::string bob = Create({.role = v1::SUBMITTER});
  Start();
  std::string corpus;
  ASSERT_TRUE(Upload(ann, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job first, second;
  ASSERT_TRUE(Submit(ann, corpus, &first).ok());
  int64_t last_step = 0;
  EXPECT_TRUE(Watch(
                  ann, first.name(), 0, [] {}, &last_step)
                  .ok());
  const std::filesystem::path checkpoint = folder_.path() / first.name() / "checkpoints" / "step-6";
  std::filesystem::create_directories(checkpoint);
  WriteFile(checkpoint / "weights", std::string(1000, 'w'));
  EXPECT_EQ(Reason(Submit(ann, corpus, &second)), "STORAGE_LIMIT");
  EXPECT_TRUE(Submit(bob, corpus, &second).ok());
  std::filesystem::remove_all(checkpoint);
  EXPECT_TRUE(Submit(ann, corpus, &second).ok());
}

TEST_F(AccessTest, EveryChangeIsInTheAudit) {
  const std::string token = Create({.role = v1::SUBMITTER});
  Start();
  std::string corpus;
  ASSERT_TRUE(Upload(token, "하나\n둘\n셋\n", &corpus).ok());
  v1::Job job;
  ASSERT_TRUE(Submit(token, corpus, &job).ok());
  Cancel(token, "jobs/000000000000");
  v1::ListJobsResponse jobs;
  ASSERT_TRUE(Call(token, &v1::JobService::Stub::ListJobs, v1::ListJobsRequest(), &jobs).ok());
  daemon_.reset();
  SQLite::Database database((folder_.path() / "electrad.db").string(), SQLite::OPEN_READONLY);
  SQLite::Statement query(database,
                          "SELECT token, method, resource, outcome FROM audits ORDER BY id");
  std::vector<std::string> rows;
  while (query.executeStep()) {
    EXPECT_EQ(query.getColumn(0).getString(), token.substr(8, 12));
    rows.push_back(query.getColumn(1).getString() + " " + query.getColumn(2).getString() + " " +
                   query.getColumn(3).getString());
  }
  EXPECT_THAT(rows, ElementsAre("electra.v1.CorpusService.UploadCorpus " + corpus + " OK",
                                "electra.v1.JobService.SubmitJob " + job.name() + " OK",
                                "electra.v1.JobService.CancelJob jobs/000000000000 NOT_FOUND"));
}

class TlsTest : public AccessTest {
 protected:
  TlsTest() : authority_("first"), server_(authority_.Issue("server")) {
    options_.tls = {.certificate = Path("server.pem"),
                    .key = Path("server.key"),
                    .client_ca = Path("clients.pem"),
                    .refresh = absl::Seconds(1)};
    WriteFile(Path("server.pem"), server_.certificate);
    WriteFile(Path("server.key"), server_.key);
    WriteFile(Path("clients.pem"), authority_.certificate());
  }

  std::string Path(const std::string& name) const { return (files_.path() / name).string(); }

  void Connect(const std::string& ca, const PemPair& client = {}) {
    channel_ = grpc::CreateChannel(daemon_->address(),
                                   grpc::SslCredentials({.pem_root_certs = ca,
                                                         .pem_private_key = client.key,
                                                         .pem_cert_chain = client.certificate}));
  }

  grpc::Status GetCaller(const std::string& token, v1::Caller* caller) {
    return Call(token, &v1::AccessService::Stub::GetCaller, v1::GetCallerRequest(), caller);
  }

  TemporaryFolder files_;
  TestAuthority authority_;
  PemPair server_;
  DaemonOptions options_;
};

TEST_F(TlsTest, TlsDemandsTokensOrKnownCertificates) {
  const std::string token = Create({.role = v1::VIEWER});
  Create({.role = v1::SUBMITTER, .certificate = "ann"});
  Start(options_);
  v1::Caller caller;
  EXPECT_EQ(GetCaller(token, &caller).error_code(), grpc::StatusCode::UNAVAILABLE);  // plain text

  Connect(authority_.certificate());
  EXPECT_EQ(Reason(GetCaller("", &caller)), "TOKEN_MISSING");
  EXPECT_TRUE(GetCaller(token, &caller).ok());
  EXPECT_EQ(caller.role(), v1::VIEWER);

  Connect(authority_.certificate(), authority_.Issue("ann"));
  EXPECT_TRUE(GetCaller("", &caller).ok());
  EXPECT_EQ(caller.role(), v1::SUBMITTER);
  Connect(authority_.certificate(), authority_.Issue("bob"));
  EXPECT_EQ(Reason(GetCaller("", &caller)), "CERTIFICATE_UNKNOWN");

  const TestAuthority stranger("stranger");
  Connect(authority_.certificate(), stranger.Issue("ann"));
  EXPECT_EQ(GetCaller("", &caller).error_code(), grpc::StatusCode::UNAVAILABLE);
  Connect(stranger.certificate());
  EXPECT_EQ(GetCaller(token, &caller).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, CertificatesAreTakenWithoutARestart) {
  const std::string token = Create({.role = v1::VIEWER});
  Start(options_);
  const TestAuthority second("second");
  const PemPair replaced = second.Issue("server");
  WriteFile(Path("server.key"), replaced.key);
  WriteFile(Path("server.pem"), replaced.certificate);
  Connect(second.certificate());  // tries until the daemon shows the new one
  EXPECT_TRUE(
      channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(60)));
  v1::Caller caller;
  EXPECT_TRUE(GetCaller(token, &caller).ok());
}

TEST_F(TlsTest, FilesThatCannotWorkAreRefusedAtTheStart) {
  const auto error = [&](const TlsOptions& tls) {
    return std::string(MakeServerCredentials(tls).status().message());
  };
  WriteFile(Path("other.key"), authority_.Issue("other").key);
  WriteFile(Path("no.pem"), "hello\n");
  const TlsOptions good = options_.tls;
  EXPECT_EQ(error(good), "");
  TlsOptions wrong = good;
  wrong.key = Path("other.key");
  EXPECT_THAT(error(wrong), HasSubstr("is not the key of"));
  wrong.key = Path("absent.key");
  EXPECT_THAT(error(wrong), HasSubstr("cannot be read"));
  wrong.key.clear();
  EXPECT_THAT(error(wrong), HasSubstr("--tls-key is missing"));
  wrong = good;
  wrong.certificate = Path("no.pem");
  EXPECT_THAT(error(wrong), HasSubstr("holds no certificate"));
  wrong = good;
  wrong.client_ca = Path("no.pem");
  EXPECT_THAT(error(wrong), HasSubstr("--tls-client-ca"));
  EXPECT_THAT(error({.client_ca = Path("clients.pem")}), HasSubstr("needs --tls-cert"));
}

TEST(Loopback, IsAnAddressAndNotAName) {
  for (const char* address : {"127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(IsLoopbackAddress(address)) << address;
  }
  for (const char* address : {"127.0.0.1.example.com:1", "0.0.0.0:1", "[::]:1", "10.0.0.1:1",
                              "128.0.0.1:1", "localhost.example.com:1", ":1", ""}) {
    EXPECT_FALSE(IsLoopbackAddress(address)) << address;
  }
}

}  // namespace
}  // namespace electra

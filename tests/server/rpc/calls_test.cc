// Calls on their threads over a real port: whose work waits for whom, and cancelled calls.
#include "server/rpc/calls.h"

#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "electra/v1/corpus.grpc.pb.h"
#include "electra/v1/daemon.grpc.pb.h"
#include "server/access/token_admin.h"
#include "server/base/clock.h"
#include "server/rpc/receiving_stream.h"
#include "tests/temporary_folder.h"

namespace electra::server {
namespace {

using ::testing::ElementsAre;

// Work that waits until the test lets it go on.
class HeldWork {
 public:
  absl::Status Run() {
    absl::MutexLock lock(&mutex_);
    ++begun_;
    mutex_.Await(absl::Condition(&is_open_));
    return absl::OkStatus();
  }
  void Open() {
    absl::MutexLock lock(&mutex_);
    is_open_ = true;
  }
  void AwaitBegun(int count) {
    const auto have_begun = [&] { return begun_ == count; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&have_begun));
  }
  int begun() {
    absl::MutexLock lock(&mutex_);
    return begun_;
  }

 private:
  absl::Mutex mutex_;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Takes all requests, and counts destroyed receivers.
class FakeUpload {
 public:
  explicit FakeUpload(std::atomic<int>& gone) : gone_(gone) {}
  ~FakeUpload() { ++gone_; }
  absl::Status Receive(const v1::UploadCorpusRequest&) { return absl::OkStatus(); }

 private:
  std::atomic<int>& gone_;
};

class FakeCorpora : public v1::CorpusService::CallbackService {
 public:
  FakeCorpora(Calls& calls, HeldWork& stores) : calls_(calls), stores_(stores) {}

  grpc::ServerReadReactor<v1::UploadCorpusRequest>* UploadCorpus(
      grpc::CallbackServerContext* context, v1::Corpus* response) override {
    return ReceiveStream<v1::UploadCorpusRequest, FakeUpload>(
        calls_, context, response,
        [this](const Caller&) { return std::make_unique<FakeUpload>(gone_); },
        [this](FakeUpload&, v1::Corpus*) { return stores_.Run(); });
  }

  std::atomic<int> gone_ = 0;

 private:
  Calls& calls_;
  HeldWork& stores_;
};

// GetStatus answers at once, UnloadModels when it may.
class FakeDaemonService : public v1::DaemonService::CallbackService {
 public:
  FakeDaemonService(Calls& calls, HeldWork& unloads) : calls_(calls), unloads_(unloads) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::DaemonStatus* response) override {
    return RunUnary(calls_, context, request, response, [] { return absl::OkStatus(); });
  }
  grpc::ServerUnaryReactor* UnloadModels(grpc::CallbackServerContext* context,
                                         const v1::UnloadModelsRequest* request,
                                         v1::UnloadModelsResponse* response) override {
    return RunUnary(calls_, context, request, response, [this] { return unloads_.Run(); });
  }

 private:
  Calls& calls_;
  HeldWork& unloads_;
};

class CallsTest : public ::testing::Test {
 protected:
  CallsTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&corpora_);
    builder.RegisterService(&daemon_);
    server_ = builder.BuildAndStart();
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                             grpc::InsecureChannelCredentials());
    corpora_stub_ = v1::CorpusService::NewStub(channel);
    daemon_stub_ = v1::DaemonService::NewStub(channel);
  }
  ~CallsTest() override {
    stores_.Open();
    unloads_.Open();
    for (std::thread& caller : callers_) caller.join();
    server_->Shutdown();
    server_.reset();
  }

  std::string Create() {
    const absl::StatusOr<NewToken> token = CreateToken(*database_, gate_, {.role = v1::ADMIN});
    EXPECT_TRUE(token.ok()) << token.status();
    return token->secret;
  }

  struct Call {
    explicit Call(const std::string& token) {
      context.AddMetadata("authorization", "Bearer " + token);
    }
    grpc::ClientContext context;
    grpc::StatusCode code = grpc::StatusCode::UNKNOWN;  // once its thread has ended
  };

  // Each on a thread of its own.
  std::shared_ptr<Call> StartUpload(const std::string& token) {
    return Start(token, [this](Call& call) {
      v1::Corpus corpus;
      const auto writer = corpora_stub_->UploadCorpus(&call.context, &corpus);
      writer->WritesDone();
      return writer->Finish();
    });
  }
  std::shared_ptr<Call> StartUnload(const std::string& token) {
    return Start(token, [this](Call& call) {
      v1::UnloadModelsResponse response;
      return daemon_stub_->UnloadModels(&call.context, {}, &response);
    });
  }
  std::shared_ptr<Call> Start(const std::string& token,
                              const std::function<grpc::Status(Call&)>& make) {
    auto call = std::make_shared<Call>(token);
    callers_.emplace_back([call, make] { call->code = make(*call).error_code(); });
    return call;
  }
  grpc::StatusCode GetStatus(const std::string& token) {
    Call call(token);
    v1::DaemonStatus response;
    return daemon_stub_->GetStatus(&call.context, {}, &response).error_code();
  }

  // How the calls of the audit ended, in the order in which they began.
  std::vector<std::string> Outcomes() {
    std::vector<std::string> outcomes;
    EXPECT_TRUE(database_
                    ->Read([&](Reader& reader) {
                      SQLite::Statement rows(reader.connection(),
                                             "SELECT outcome FROM audits ORDER BY id");
                      while (rows.executeStep()) outcomes.push_back(rows.getColumn(0).getString());
                      return absl::OkStatus();
                    })
                    .ok());
    return outcomes;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_ = *Database::Open(folder_.path() / "electrad.db");
  Gate gate_{{.demands_tokens = true, .now_micros = NowMicros}};
  const std::string ann_ = Create();
  const std::string bob_ = Create();
  Metrics metrics_;
  RefusalLog refusals_{NowMicros};
  Executor short_{{.name = "short", .threads = 2}};
  Executor pool_{{.name = "long", .threads = 3, .most_running_of_one = 2}};
  Calls calls_{gate_, refusals_, short_, pool_, *database_, metrics_};
  HeldWork stores_;
  HeldWork unloads_;
  FakeCorpora corpora_{calls_, stores_};
  FakeDaemonService daemon_{calls_, unloads_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::CorpusService::Stub> corpora_stub_;
  std::unique_ptr<v1::DaemonService::Stub> daemon_stub_;
  std::vector<std::thread> callers_;
};

TEST_F(CallsTest, LongWorkOfOneTokenKeepsNeitherShortCallsNorOtherTokensWaiting) {
  for (int i = 0; i < 6; ++i) StartUpload(ann_);
  stores_.AwaitBegun(2);
  EXPECT_EQ(GetStatus(ann_), grpc::StatusCode::OK);
  EXPECT_EQ(GetStatus(bob_), grpc::StatusCode::OK);
  StartUpload(bob_);
  stores_.AwaitBegun(3);
  EXPECT_EQ(GetStatus(bob_), grpc::StatusCode::OK);  // now that the pool is full
  EXPECT_EQ(stores_.begun(), 3);
}

TEST_F(CallsTest, ShortWorkOfOneTokenLeavesAThreadToTheOthers) {
  for (int i = 0; i < 3; ++i) StartUnload(ann_);
  unloads_.AwaitBegun(1);
  EXPECT_EQ(GetStatus(bob_), grpc::StatusCode::OK);
  EXPECT_EQ(unloads_.begun(), 1);
}

TEST_F(CallsTest, ACallThatIsCancelledWhileItWaitsIsNeverBegun) {
  const auto held = StartUnload(ann_);
  unloads_.AwaitBegun(1);
  const auto cancelled = StartUnload(ann_);
  while (short_.waiting() < 1) std::this_thread::yield();
  cancelled->context.TryCancel();
  while (short_.waiting() > 0) std::this_thread::yield();
  unloads_.Open();
  for (std::thread& caller : callers_) caller.join();
  callers_.clear();
  EXPECT_EQ(held->code, grpc::StatusCode::OK);
  EXPECT_EQ(cancelled->code, grpc::StatusCode::CANCELLED);
  EXPECT_EQ(unloads_.begun(), 1);
}

TEST_F(CallsTest, AnUploadThatIsCancelledWhileItWaitsEndsBeforeThePoolHasAPlace) {
  for (int i = 0; i < 2; ++i) StartUpload(ann_);
  stores_.AwaitBegun(2);
  const auto cancelled = StartUpload(ann_);
  while (pool_.waiting() < 1) std::this_thread::yield();
  cancelled->context.TryCancel();
  while (corpora_.gone_ < 1) std::this_thread::yield();
  EXPECT_EQ(pool_.waiting(), 0u);
  EXPECT_EQ(stores_.begun(), 2);
  EXPECT_THAT(Outcomes(), ElementsAre("", "", "CANCELLED"));
}

}  // namespace
}  // namespace electra::server

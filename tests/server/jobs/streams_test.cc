// Many watchers of one job, each on a connection of its own: watchers that do not read cost the
// others nothing, and nobody misses an event or sees one twice. tests/bench/watch_bench.py measures
// their cost in memory and speed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "tests/server/access_rig.h"

namespace electra::server {
namespace {

// Reads on request; until then gRPC holds the received events.
class Watcher : public grpc::ClientReadReactor<v1::TrainingEvent> {
 public:
  Watcher(const std::string& server, const std::string& job) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // or all share one connection
    stub_ = v1::TrainingService::NewStub(
        grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments));
    request_.set_name(job);
    stub_->async()->WatchJob(&context_, &request_, this);
    AddHold();
    StartCall();
  }

  void ReadOne() {
    ExpectReads(1);
    const auto has_read = [this] { return reads_left_ == 0 || has_ended_; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&has_read));
  }

  void ReadOn() { ExpectReads(-1); }

  // Call it once all has been read; cuts off a watcher that does not read.
  grpc::Status End(bool cancel = false) {
    if (cancel) context_.TryCancel();
    RemoveHold();
    done_.WaitForNotification();
    return status_;
  }

  // The sequences of the events that it has read, in their order. After End().
  const std::vector<int64_t>& sequences() const { return sequences_; }

 private:
  // This many events; below 0: all.
  void ExpectReads(int64_t count) {
    {
      absl::MutexLock lock(&mutex_);
      reads_left_ = count;
    }
    StartRead(&event_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    sequences_.push_back(event_.sequence());
    {
      absl::MutexLock lock(&mutex_);
      if (reads_left_ > 0) --reads_left_;
      if (reads_left_ == 0) return;
    }
    StartRead(&event_);
  }

  void OnDone(const grpc::Status& status) override {
    status_ = status;
    {
      absl::MutexLock lock(&mutex_);
      has_ended_ = true;
    }
    done_.Notify();
  }

  std::unique_ptr<v1::TrainingService::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchJobRequest request_;
  v1::TrainingEvent event_;
  std::vector<int64_t> sequences_;  // one read is out at a time
  grpc::Status status_;
  absl::Mutex mutex_;
  int64_t reads_left_ ABSL_GUARDED_BY(mutex_) = 0;
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Notification done_;
};

using StreamsTest = AccessTest;

TEST_F(StreamsTest, TwoHundredWatchersSeeEachEventOnceBesideOneThatNeverReads) {
  const std::string token = Create({.role = v1::ADMIN});
  Start({});
  trainer_->HoldAfter(1);
  std::string corpus;
  ASSERT_TRUE(Upload(token, "하나\n둘\n셋\n", &corpus).ok());
  v1::SubmitJobRequest request;
  request.set_corpus(corpus);
  request.set_model("models/tiny");
  auto& fields = *request.mutable_hyperparameters()->mutable_fields();
  fields["max_steps"].set_number_value(100);
  fields["batch_size"].set_number_value(1);
  v1::Job job;
  ASSERT_TRUE(Call(token, &v1::JobService::Stub::SubmitJob, request, &job).ok());

  std::vector<std::unique_ptr<Watcher>> fast;
  std::vector<std::unique_ptr<Watcher>> slow;
  for (int i = 0; i < 179; ++i) {
    fast.push_back(std::make_unique<Watcher>(daemon_->address(), job.name()));
    fast.back()->ReadOn();
  }
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<Watcher>(daemon_->address(), job.name()));
    slow.back()->ReadOne();
  }
  Watcher stuck(daemon_->address(), job.name());

  // The job ends, and watchers that read see its end, whatever the others do.
  trainer_->Release();
  std::vector<int64_t> expected;
  for (const auto& watcher : fast) {
    EXPECT_TRUE(watcher->End().ok());
    if (expected.empty()) {
      expected.resize(watcher->sequences().size());
      std::iota(expected.begin(), expected.end(), 1);
      EXPECT_GT(expected.size(), 150u);  // steps, samples and evaluations
    }
    EXPECT_EQ(watcher->sequences(), expected);
  }
  for (const auto& watcher : slow) {
    watcher->ReadOne();
    watcher->ReadOn();
    EXPECT_TRUE(watcher->End().ok());
    EXPECT_EQ(watcher->sequences(), expected);
  }
  EXPECT_FALSE(stuck.End(/*cancel=*/true).ok());
  EXPECT_TRUE(stuck.sequences().empty());
}

}  // namespace
}  // namespace electra::server

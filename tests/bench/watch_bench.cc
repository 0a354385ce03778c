// Many watchers of one job, each on a connection of its own; watch_bench.py runs it.
//
//   watch_bench HOST:PORT JOB AFTER_SEQUENCE FAST SLOW STUCK
//
// FAST ones read as fast as they can, SLOW ones an event a second, STUCK ones never. Runs until
// its standard input ends, then prints a line of what was read.
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "electra/v1/training.grpc.pb.h"

namespace electra {
namespace {

enum class Pace { kFast, kSlow, kStuck };

class Watcher : public grpc::ClientReadReactor<v1::TrainingEvent> {
 public:
  Watcher(const std::string& server, const std::string& job, int64_t after, Pace pace)
      : pace_(pace), last_(after) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // or all share one connection
    stub_ = v1::TrainingService::NewStub(
        grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments));
    request_.set_name(job);
    request_.set_after_sequence(after);
    stub_->async()->WatchJob(&context_, &request_, this);
    AddHold();
    if (pace != Pace::kStuck) StartRead(&event_);
    StartCall();
  }

  // Once a second: slow ones read on.
  void Tick() {
    absl::MutexLock lock(&mutex_);
    if (!waits_) return;
    waits_ = false;
    StartRead(&event_);
  }

  void End() {
    context_.TryCancel();
    RemoveHold();
    done_.WaitForNotification();
  }

  int64_t events() const { return events_; }
  int64_t gaps() const { return gaps_; }
  int64_t duplicates() const { return duplicates_; }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++events_;
    if (event_.sequence() <= last_) ++duplicates_;
    if (event_.sequence() > last_ + 1) ++gaps_;
    last_ = event_.sequence();
    if (pace_ == Pace::kFast) {
      StartRead(&event_);
    } else {
      absl::MutexLock lock(&mutex_);
      waits_ = true;
    }
  }
  void OnDone(const grpc::Status&) override { done_.Notify(); }

  const Pace pace_;
  std::unique_ptr<v1::TrainingService::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchJobRequest request_;
  v1::TrainingEvent event_;
  int64_t last_;
  int64_t events_ = 0;
  int64_t gaps_ = 0;
  int64_t duplicates_ = 0;
  absl::Mutex mutex_;
  bool waits_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Notification done_;
};

int Run(char** argv) {
  std::vector<std::unique_ptr<Watcher>> watchers;
  const Pace paces[] = {Pace::kFast, Pace::kSlow, Pace::kStuck};
  for (int i = 0; i < 3; ++i) {
    for (int count = std::atoi(argv[4 + i]); count > 0; --count) {
      watchers.push_back(
          std::make_unique<Watcher>(argv[1], argv[2], std::atoll(argv[3]), paces[i]));
    }
  }
  absl::Notification leaving;
  std::thread ticker([&] {
    while (!leaving.WaitForNotificationWithTimeout(absl::Seconds(1))) {
      for (const auto& watcher : watchers) watcher->Tick();
    }
  });
  std::cin.ignore(1);
  leaving.Notify();
  ticker.join();
  int64_t events = 0;
  int64_t gaps = 0;
  int64_t duplicates = 0;
  for (const auto& watcher : watchers) {
    watcher->End();
    events += watcher->events();
    gaps += watcher->gaps();
    duplicates += watcher->duplicates();
  }
  std::cout << watchers.size() << " " << events << " " << gaps << " " << duplicates << "\n";
  return gaps == 0 && duplicates == 0 ? 0 : 1;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: watch_bench HOST:PORT JOB AFTER_SEQUENCE FAST SLOW STUCK\n";
    return 2;
  }
  return electra::Run(argv);
}

#define USE_C10D_NCCL
#include "core/c10d/nccl_group.h"

#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#include <utility>

#include "core/c10d/backend_collectives.h"

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;

// Exchanges that may be in flight: a few steps' worth. The caller waits for the oldest beyond that,
// so that a lost rank is noticed while others are still being begun.
constexpr size_t kMostOutstanding = 128;
constexpr std::chrono::microseconds kGlance{50};

// By default libtorch ends the process when a rank is lost. Here its group is given up instead, and
// the job goes on with the remaining ranks. The user's own settings stay.
void LeaveErrorsToUs() {
  static std::once_flag once;
  std::call_once(once, [] {
    setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/0);
    setenv("TORCH_NCCL_ENABLE_MONITORING", "0", /*overwrite=*/0);
  });
}

c10::intrusive_ptr<c10d::ProcessGroupNCCL> MakeNccl(const c10::intrusive_ptr<c10d::Store>& store,
                                                    const GroupOptions& options) {
  LeaveErrorsToUs();
  auto group = c10d::ProcessGroupNCCL::Options::create();
  group->timeout = options.timeout;
  auto nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, static_cast<int>(options.rank),
                                                          static_cast<int>(options.size), group);
  nccl->eagerConnectSingleDevice(at::Device(options.device));
  return nccl;
}

class NcclGroup : public BackendCollectives {
 public:
  NcclGroup(c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl, std::chrono::milliseconds timeout)
      : BackendCollectives(nccl), timeout_(timeout), group_(std::move(nccl)) {}

  ~NcclGroup() override {
    try {
      if (!outstanding_.empty()) group_->abort();
    } catch (const std::exception&) {
      // The group goes in any case.
    }
  }

  void Settle() override { WaitUntilOutstanding(0); }

 private:
  struct Outstanding {
    c10::intrusive_ptr<c10d::Work> work;
    Clock::time_point begun;
  };

  Completion Begin(const Start& start) override {
    WaitUntilOutstanding(kMostOutstanding);
    const c10::intrusive_ptr<c10d::Work> work = start();
    outstanding_.push_back({work, Clock::now()});
    return [work] { work->wait(); };  // orders the card's work, and does not wait for it
  }

  // Waits for the oldest.
  void WaitUntilOutstanding(size_t most) {
    while (outstanding_.size() > most) {
      const Outstanding& oldest = outstanding_.front();
      if (oldest.work->isCompleted()) {
        if (const std::exception_ptr error = oldest.work->exception()) GiveUp(error);
        outstanding_.pop_front();
        continue;
      }
      if (Clock::now() - oldest.begun > timeout_) {
        GiveUp(std::make_exception_ptr(std::runtime_error("no answer in time")));
      }
      std::this_thread::sleep_for(kGlance);
    }
  }

  [[noreturn]] void GiveUp(const std::exception_ptr& error) {
    outstanding_.clear();
    group_->abort();
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& what) {
      throw RankLost(what.what());
    }
  }

  const std::chrono::milliseconds timeout_;
  std::deque<Outstanding> outstanding_;
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> group_;
};

}  // namespace

std::shared_ptr<Collectives> MakeNcclGroup(const c10::intrusive_ptr<c10d::Store>& store,
                                           const GroupOptions& options) {
  return std::make_shared<NcclGroup>(MakeNccl(store, options), options.timeout);
}

}  // namespace electra

#include "core/ranks/worker.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/machine.h"
#include "core/base/status_macros.h"
#include "core/ranks/find_device.h"
#include "core/ranks/follow.h"
#include "core/ranks/rendezvous_impl.h"
#include "core/session/device.h"

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How long after this process rank 0 may start.
constexpr std::chrono::minutes kLeaderTimeout{5};
constexpr std::chrono::seconds kConnectTry{5};
constexpr absl::Duration kSupervisionGlance = absl::Milliseconds(100);

// State that the following thread and the one that waits for it share. It outlives both: a thread
// may be stuck in a connection that a cut link has left open.
struct Following {
  explicit Following(std::unique_ptr<KeyStore> store) : waiter(std::move(store)) {}

  Waiter waiter;
  absl::Mutex mutex;
  std::optional<absl::Status> result ABSL_GUARDED_BY(mutex);
};

absl::StatusOr<std::string> ResolveWorkerDevice(const RankEnvironment& environment,
                                                const std::string& requested) {
  return FindDevice(requested == "auto" ? DeviceOfRank(environment) : requested);
}

// Null after a stop.
absl::StatusOr<std::unique_ptr<KeyStore>> Connect(const RankEnvironment& environment,
                                                  const StopSignal& stop) {
  const Clock::time_point deadline = Clock::now() + kLeaderTimeout;
  while (!stop.requested()) {
    try {
      return KeyStore::Connect(
          {.host = environment.master_addr, .port = environment.master_port, .listens = false},
          kConnectTry);
    } catch (const std::exception& error) {
      if (Clock::now() < deadline) continue;
      return absl::UnavailableError(
          absl::StrCat("rank 0 does not answer at ", environment.master_addr, ":",
                       environment.master_port, " (MASTER_ADDR, MASTER_PORT): ", error.what()));
    }
  }
  return std::unique_ptr<KeyStore>();
}

absl::Status Lost(const std::string& why) {
  return absl::UnavailableError(absl::StrCat("rank 0 does not answer any more: ", why));
}

absl::Status FollowOrFail(Waiter& waiter, const FollowOptions& options) {
  try {
    return Follow(waiter, options);
  } catch (const StoreLost& error) {
    if (waiter.interrupted()) return absl::OkStatus();
    return Lost(error.what());
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

}  // namespace

absl::Status RunWorker(const RankEnvironment& environment, const WorkerOptions& options,
                       const StopSignal& stop) {
  FollowOptions follow{.prefix = KeyPrefix(environment),
                       .rank = environment.rank,
                       .device = "",
                       .ranks = options.ranks,
                       .log = options.log};
  ASSIGN_OR_RETURN(follow.device, ResolveWorkerDevice(environment, options.device));
  SetThreadCount(ThreadsWithin(options.threads, ThreadCount(), ReadProcessorLimit()));
  ASSIGN_OR_RETURN(std::unique_ptr<KeyStore> store, Connect(environment, stop));
  if (store == nullptr) return absl::OkStatus();
  options.log(
      Severity::kInfo,
      absl::StrCat("rank ", environment.rank, " of ", environment.world_size, " on ", follow.device,
                   ", rank 0 at ", environment.master_addr, ":", environment.master_port));

  const auto following = std::make_shared<Following>(std::move(store));
  std::thread([following, follow] {
    absl::Status status = FollowOrFail(following->waiter, follow);
    const absl::MutexLock lock(&following->mutex);
    following->result = std::move(status);
  }).detach();

  // A wait for a missing key is answered in a few seconds, the forming of a group in the time that
  // ranks have for an answer.
  const milliseconds most =
      milliseconds(options.ranks.collective_timeout) + std::chrono::seconds(15);
  const auto is_done = [&following]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(following->mutex) {
    return following->result.has_value();
  };
  std::optional<Clock::time_point> stopped;
  const absl::MutexLock lock(&following->mutex);
  while (!following->mutex.AwaitWithTimeout(absl::Condition(&is_done), kSupervisionGlance)) {
    if (stop.requested() && !stopped) {
      stopped = Clock::now();
      following->waiter.Interrupt();
    }
    if (following->waiter.unanswered() > most) return Lost("its connection is open, but silent");
    // A step in progress is abandoned: the process ends.
    constexpr std::chrono::seconds kStopTimeout{5};
    if (stopped && Clock::now() - *stopped > kStopTimeout) return absl::OkStatus();
  }
  return *following->result;
}

}  // namespace electra

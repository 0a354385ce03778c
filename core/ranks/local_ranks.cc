#include "core/ranks/local_ranks.h"

#include <algorithm>

#include "core/ranks/follow.h"

namespace electra {

LocalRanks::LocalRanks(const std::vector<std::string>& devices, const RankOptions& options) {
  const auto processors =
      static_cast<int>(std::count(devices.begin(), devices.end(), std::string("cpu")));
  const int threads = std::max(1, ThreadCount() / std::max(1, processors));
  const std::unique_ptr<KeyStore> store = KeyStore::InProcess();
  team_ = std::make_unique<RankTeam>(
      store->Clone(), RankTeamOptions{.prefix = "electra",
                                      .world_size = static_cast<int64_t>(devices.size()),
                                      .device = devices.front(),
                                      .ranks = options,
                                      .is_one_process = true});
  for (size_t i = 1; i < devices.size(); ++i) {
    waiters_.push_back(std::make_unique<Waiter>(store->Clone()));
    threads_.emplace_back([waiter = waiters_.back().get(), threads,
                           follow = FollowOptions{.prefix = "electra",
                                                  .rank = static_cast<int64_t>(i),
                                                  .device = devices[i],
                                                  .ranks = options}] {
      const ThreadShare share(follow.device == "cpu" ? threads : 1);
      try {
        // Rank 0 has been told of any error here, and tells the job's owner.
        Follow(*waiter, follow).IgnoreError();
      } catch (const std::exception&) {
        // The store is this process's own memory: nothing is lost that rank 0 does not see.
      }
    });
  }
  if (devices.front() == "cpu") thread_share_ = std::make_unique<ThreadShare>(threads);
}

LocalRanks::~LocalRanks() {
  team_.reset();
  for (const auto& waiter : waiters_) waiter->Interrupt();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace electra

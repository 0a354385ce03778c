// Ranks that are threads of this process, for a job over several devices of one machine.
//
//   LocalRanks ranks({"cuda:0", "cuda:1"}, {});
//   ... ranks.team() ...
//
// The caller's thread is rank 0; the others end with this object.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/ranks/rank_team.h"
#include "core/ranks/waiter.h"
#include "core/session/device.h"

namespace electra {

class LocalRanks {
 public:
  // A device for each rank, at least two. Processors among them share the threads of one operation.
  LocalRanks(const std::vector<std::string>& devices, const RankOptions& options);
  ~LocalRanks();
  LocalRanks(const LocalRanks&) = delete;
  LocalRanks& operator=(const LocalRanks&) = delete;

  RankTeam& team() { return *team_; }

 private:
  std::unique_ptr<RankTeam> team_;
  std::vector<std::unique_ptr<Waiter>> waiters_;
  std::vector<std::thread> threads_;
  std::unique_ptr<ThreadShare> thread_share_;  // of the caller's thread
};

}  // namespace electra

// Ranks that are lost while a job trains: how often, when that ends the job, and what its owner is
// told.
//
// Not thread-safe; borrows the observer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "core/base/message.h"
#include "core/ranks/rank_team.h"
#include "core/trainer.h"

namespace electra {

struct RankLoss {
  int64_t step = 1;                          // that was being computed
  std::string what;                          // how rank 0 noticed
  std::optional<RankTeam::Failure> failure;  // what the rank said itself, if it could
  bool is_one_process = false;               // RankTeamOptions::is_one_process
  Message back_to;                           // where training goes on: "the start"
  std::chrono::seconds join_timeout{0};
};

class LostRanks {
 public:
  explicit LostRanks(TrainingObserver& observer) : observer_(observer) {}

  // Warns of it, or fails the job if continuing is useless: the rank's memory ran out, its device
  // is lost to this process too, or ranks were lost too often without a step between.
  absl::Status Add(const RankLoss& loss);

 private:
  TrainingObserver& observer_;
  int64_t step_ = 0;   // the furthest in which a rank was lost
  int64_t count_ = 0;  // there
};

}  // namespace electra

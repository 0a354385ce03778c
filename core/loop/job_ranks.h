// The ranks that share a job's steps, as the loop on rank 0 sees them. Without a team there is only
// rank 0, and these functions do nothing.
//
// Not thread-safe. Throws StoreLost and RankLost as RankTeam does, and borrows it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/batch/share.h"
#include "core/loop/lost_ranks.h"
#include "core/ranks/messages.h"
#include "core/ranks/rank_team.h"
#include "core/session/session.h"
#include "core/trainer.h"

namespace electra {

class JobRanks {
 public:
  // `team` may be null; `count` of its ranks take part, if all are there.
  JobRanks(RankTeam* team, int64_t count, TrainingObserver& observer)
      : team_(team), count_(count), observer_(observer), losses_(observer) {}
  ~JobRanks();  // dissolves the team: after the end of the session
  JobRanks(const JobRanks&) = delete;
  JobRanks& operator=(const JobRanks&) = delete;

  // The ranks that come in time. Null: rank 0 computes alone. Cancelled after a stop.
  absl::StatusOr<std::shared_ptr<Collectives>> Form(const BeginMessage& begin,
                                                    const StopSignal& stop);
  void ReportWhoCame();

  // Sends the other ranks their shares of the step. `request` becomes this rank's share, and then
  // borrows from the result.
  StepShare Share(StepRequest* request);

  // Has the other ranks call ContributeState, while this one calls CopyState.
  void ContributeState();

  // Whether ranks wait to take part.
  bool HasNewcomers();

  // A rank was lost in `step`; `what` says how that was noticed, and `back_to` names where training
  // goes on. Fails the job if continuing is useless.
  absl::Status NoteLoss(int64_t step, std::string_view what, const Message& back_to);

 private:
  RankTeam* const team_;
  const int64_t count_;
  TrainingObserver& observer_;
  LostRanks losses_;
};

}  // namespace electra

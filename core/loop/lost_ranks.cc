#include "core/loop/lost_ranks.h"

#include <algorithm>

#include "core/base/device_lost.h"

namespace electra {
namespace {

// So often ranks may be lost without a step between, before the job gives up.
constexpr int64_t kMostLosses = 5;

}  // namespace

absl::Status LostRanks::Add(const RankLoss& loss) {
  Message why = Message::Uncoded(loss.what);
  if (loss.failure) {
    why = Message("RANK_SAYS", "rank {rank} says: {reason}", loss.failure->rank,
                  loss.failure->message);
    if (loss.failure->kind == RankTeam::Failure::Kind::kOutOfMemory) {
      return ResourceExhaustedError(
          "RANK_OUT_OF_MEMORY",
          "the memory of rank {rank} ran out in step {step}: use a smaller batch_size (with more "
          "gradient_accumulation_steps the training stays the same), max_length or model, or "
          "gradient_checkpointing=true. {reason}",
          loss.failure->rank, loss.step, loss.failure->message);
    }
    if (loss.failure->kind == RankTeam::Failure::Kind::kDeviceLost && loss.is_one_process) {
      return DeviceLostError(why);
    }
  }
  count_ = loss.step > step_ ? 1 : count_ + 1;
  step_ = std::max(step_, loss.step);
  if (count_ > kMostLosses) {
    return UnavailableError("RANKS_LOST_TOO_OFTEN",
                            "a rank was lost {count} times at step {step}: {reason}", count_, step_,
                            why);
  }
  observer_.OnMessage(
      Severity::kWarning,
      Message("RANK_LOST",
              "a rank was lost in step {step}: {reason}. Going back to {where} with the ranks that "
              "are there within {seconds} s",
              loss.step, why, loss.back_to, loss.join_timeout.count()));
  return absl::OkStatus();
}

}  // namespace electra

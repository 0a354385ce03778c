#include "core/loop/lost_ranks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/device_lost.h"

namespace electra {
namespace {

// So often ranks may be lost without a step between, before the job gives up.
constexpr int64_t kMostLosses = 5;

}  // namespace

absl::Status LostRanks::Add(const RankLoss& loss) {
  std::string why = loss.what;
  if (loss.failure) {
    why = absl::StrCat("rank ", loss.failure->rank, " says: ", loss.failure->text);
    if (loss.failure->kind == RankTeam::Failure::Kind::kOutOfMemory) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "the memory of rank ", loss.failure->rank, " ran out in step ", loss.step,
          ": use a smaller batch_size (with more gradient_accumulation_steps the training stays "
          "the same), max_length or model, or gradient_checkpointing=true. ",
          loss.failure->text));
    }
    if (loss.failure->kind == RankTeam::Failure::Kind::kDeviceLost && loss.is_one_process) {
      return DeviceLostError(why);
    }
  }
  count_ = loss.step > step_ ? 1 : count_ + 1;
  step_ = std::max(step_, loss.step);
  if (count_ > kMostLosses) {
    return absl::UnavailableError(
        absl::StrCat("a rank was lost ", count_, " times at step ", step_, ": ", why));
  }
  observer_.OnMessage(Severity::kWarning, absl::StrCat("a rank was lost in step ", loss.step, ": ",
                                                       why, ". Going back to ", loss.back_to,
                                                       " with the ranks that are there within ",
                                                       loss.join_timeout.count(), " s"));
  return absl::OkStatus();
}

}  // namespace electra

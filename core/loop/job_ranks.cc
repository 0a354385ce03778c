#include "core/loop/job_ranks.h"

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"

namespace electra {

JobRanks::~JobRanks() {
  if (team_ == nullptr) return;
  try {
    team_->Dissolve();
  } catch (const std::exception&) {
    // The others learn it from their connections.
  }
}

absl::StatusOr<std::shared_ptr<Collectives>> JobRanks::Form(const BeginMessage& begin,
                                                            const StopSignal& stop) {
  if (team_ == nullptr) return nullptr;
  return team_->Form(count_, begin, stop);
}

void JobRanks::ReportWhoCame() {
  if (count_ <= 1) return;
  if (team_->size() == count_) {
    observer_.OnMessage(Severity::kInfo,
                        Message("RANKS_SHARE_STEPS", "{count} ranks share each step", count_));
    return;
  }
  std::vector<int64_t> missing;
  for (int64_t rank = 1, member = 1; rank < count_; ++rank) {
    if (member < team_->size() && team_->rank_of(member) == rank) {
      ++member;
    } else {
      missing.push_back(rank);
    }
  }
  observer_.OnMessage(
      Severity::kWarning,
      Message("RANKS_MISSING",
              "training goes on with {size} of {count} ranks: rank {missing} did not come. Batches "
              "and results stay the same; ranks that come later take part from the next checkpoint "
              "on",
              team_->size(), count_, absl::StrJoin(missing, ", ")));
}

StepShare JobRanks::Share(StepRequest* request) {
  if (team_ == nullptr || team_->size() == 1) return {};
  for (const PackedBatch& batch : request->micro_batches) {
    request->step_tokens += batch.token_count();
    request->step_masked += batch.masked_count();
  }
  std::vector<StepShare> shares =
      ShareOut(request->micro_batches, team_->size(), &request->observed_sequence);
  for (int64_t member = 1; member < team_->size(); ++member) {
    team_->Send(member, Encode(StepMessage{.step = request->step,
                                           .learning_rate = request->learning_rate,
                                           .disc_weight = request->disc_weight,
                                           .step_tokens = request->step_tokens,
                                           .step_masked = request->step_masked,
                                           .step_weight = request->step_weight,
                                           .share = shares[static_cast<size_t>(member)]}));
  }
  StepShare own = std::move(shares.front());
  request->micro_batches = own.micro_batches;
  request->indices = own.indices;
  return own;
}

void JobRanks::ContributeState() {
  if (team_ != nullptr) team_->SendAll(EncodeVerb(Verb::kContribute));
}

bool JobRanks::HasNewcomers() { return team_ != nullptr && team_->HasNewcomers(count_); }

absl::Status JobRanks::NoteLoss(int64_t step, std::string_view what, const Message& back_to) {
  return losses_.Add({.step = step,
                      .what = std::string(what),
                      .failure = team_->FindFailure(),
                      .is_one_process = team_->is_one_process(),
                      .back_to = back_to,
                      .join_timeout = team_->options().ranks.join_timeout});
}

}  // namespace electra

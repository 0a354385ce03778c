#include "core/ranks/rank_team.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/ranks/rank_report.h"

namespace electra {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A store's wait is cut into pieces, so that a stop is seen.
constexpr milliseconds kGlance{500};

std::string MakeName() {
  std::random_device random;
  return absl::StrCat("leader-", absl::Hex(random()), absl::Hex(random()));
}

milliseconds Until(Clock::time_point deadline) {
  return std::max(milliseconds(0),
                  std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
}

}  // namespace

RankTeam::RankTeam(std::unique_ptr<KeyStore> store, RankTeamOptions options)
    : options_(std::move(options)),
      name_(absl::StrCat(options_.prefix, "/", MakeName())),
      store_(std::move(store)) {
  status_store_ = store_->Clone();
  store_->Set(absl::StrCat(name_, "/round"), "0");
  store_->Set(absl::StrCat(options_.prefix, "/leader"), name_);
}

RankTeam::~RankTeam() {
  try {
    Dissolve();
    SayThatItIsOver();
  } catch (const std::exception&) {
    // Nobody is left to be told.
  }
}

// The store may go with this process, so they are waited for.
void RankTeam::SayThatItIsOver() {
  ++round_;
  store_->Set(absl::StrCat(name_, "/round"), absl::StrCat(round_));
  for (int64_t rank = 1; rank < options_.world_size; ++rank) {
    store_->Set(RoundKey(absl::StrCat("call/", rank)), "over");
  }
  constexpr std::chrono::seconds kMoment{2};
  const Clock::time_point deadline = Clock::now() + kMoment;
  for (const RankReport& rank : Ranks()) {
    if (rank.rank > 0 && rank.present) {
      store_->Get(RoundKey(absl::StrCat("here/", rank.rank)), Until(deadline));
    }
  }
}

std::string RankTeam::RoundKey(const std::string& name) const {
  return absl::StrCat(name_, "/", round_, "/", name);
}

absl::StatusOr<std::shared_ptr<Collectives>> RankTeam::Form(int64_t count,
                                                            const BeginMessage& begin,
                                                            const StopSignal& stop) {
  Dissolve();
  ++round_;
  sent_.clear();
  store_->Set(absl::StrCat(name_, "/round"), absl::StrCat(round_));
  const int64_t called = std::min(count, options_.world_size);
  for (int64_t rank = 1; rank < called; ++rank) {
    store_->Set(RoundKey(absl::StrCat("call/", rank)), "");
  }
  const Clock::time_point deadline = Clock::now() + options_.ranks.join_timeout;
  std::vector<int64_t> members = {0};
  for (int64_t rank = 1; rank < called; ++rank) {
    const std::string here = RoundKey(absl::StrCat("here/", rank));
    const bool is_expected =
        !given_up_.contains(rank) || store_->Has(absl::StrCat(name_, "/waiting/", rank));
    std::optional<std::string> report = store_->Get(here, milliseconds(0));
    while (is_expected && !report && Until(deadline).count() > 0) {
      if (stop.requested()) {
        return CancelledError("STOPPED_WHILE_RANKS_MET", "stopped while ranks came together");
      }
      report = store_->Get(here, std::min(kGlance, Until(deadline)));
    }
    if (report) {
      members.push_back(rank);
      given_up_.erase(rank);
      const absl::MutexLock lock(&mutex_);
      reports_[rank] = *report;
    } else {
      given_up_.insert(rank);
      store_->Delete(absl::StrCat(name_, "/waiting/", rank));  // who only was late says so again
      const absl::MutexLock lock(&mutex_);
      reports_.erase(rank);
    }
  }
  members_ = members;
  for (int64_t rank = 1; rank < called; ++rank) {
    const auto found = std::find(members_.begin(), members_.end(), rank);
    store_->Set(RoundKey(absl::StrCat("member/", rank)),
                found == members_.end()
                    ? ""
                    : absl::StrCat(found - members_.begin(), " ", members_.size()));
    if (found != members_.end()) store_->Delete(absl::StrCat(name_, "/waiting/", rank));
  }
  if (members_.size() == 1) return std::shared_ptr<Collectives>();
  std::shared_ptr<Collectives> group =
      store_->FormGroup({.name = RoundKey("group"),
                         .rank = 0,
                         .size = size(),
                         .device = options_.device,
                         .timeout = options_.ranks.collective_timeout});
  SendAll(Encode(begin));
  return group;
}

void RankTeam::Send(int64_t member, const std::string& message) {
  const int64_t rank = rank_of(member);
  store_->Set(RoundKey(absl::StrCat("message/", rank, "/", sent_[rank]++)), message);
}

void RankTeam::SendAll(const std::string& message) {
  for (int64_t member = 1; member < size(); ++member) Send(member, message);
}

bool RankTeam::HasNewcomers(int64_t count) {
  for (int64_t rank = 1; rank < std::min(count, options_.world_size); ++rank) {
    const bool is_member = std::find(members_.begin(), members_.end(), rank) != members_.end();
    if (!is_member && store_->Has(absl::StrCat(name_, "/waiting/", rank))) return true;
  }
  return false;
}

std::optional<RankTeam::Failure> RankTeam::FindFailure() {
  for (int64_t member = 1; member < size(); ++member) {
    const int64_t rank = rank_of(member);
    const std::optional<std::string> said =
        store_->Get(RoundKey(absl::StrCat("failure/", rank)), milliseconds(0));
    if (!said) continue;
    std::vector<std::string> parts = absl::StrSplit(*said, absl::MaxSplits('\n', 2));
    parts.resize(3);
    Failure failure{
        .kind = Failure::Kind::kError, .rank = rank, .message = FromCodeJson(parts[2], parts[1])};
    if (parts[0] == "memory") failure.kind = Failure::Kind::kOutOfMemory;
    if (parts[0] == "device") failure.kind = Failure::Kind::kDeviceLost;
    return failure;
  }
  return std::nullopt;
}

void RankTeam::Dissolve() {
  SendAll(EncodeVerb(Verb::kLeave));
  members_ = {0};
}

std::vector<RankReport> RankTeam::Ranks() const {
  std::vector<RankReport> reports = {
      ParseRankReport(0, RankReportText(options_.device), /*present=*/true)};
  const absl::MutexLock lock(&mutex_);
  for (int64_t rank = 1; rank < options_.world_size; ++rank) {
    const auto member = reports_.find(rank);
    std::optional<std::string> text;
    if (member != reports_.end()) {
      text = member->second;
    } else {
      try {
        text = status_store_->Get(absl::StrCat(name_, "/waiting/", rank), milliseconds(0));
      } catch (const StoreLost&) {
        // Whoever trains learns it too, and says so.
      }
    }
    reports.push_back(ParseRankReport(rank, text.value_or(""), text.has_value()));
  }
  return reports;
}

}  // namespace electra

#include "core/ranks/follow.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/comm/rank_lost.h"
#include "core/ranks/messages.h"
#include "core/ranks/rank_report.h"
#include "core/session/device.h"
#include "core/session/session.h"

namespace electra {
namespace {

using std::chrono::milliseconds;

// The longest that a store is waited for without a look at whether rank 0 is still the same.
constexpr milliseconds kPatience{5000};

// One rank's way through rounds.
class Follower {
 public:
  Follower(Waiter& waiter, const FollowOptions& options)
      : waiter_(waiter), options_(options), report_(RankReportText(options.device)) {}

  absl::Status Run() {
    while (!waiter_.interrupted() && !is_over_) {
      const std::optional<std::string> leader =
          waiter_.WaitFor(absl::StrCat(options_.prefix, "/leader"), kPatience);
      if (!leader) continue;
      if (*leader != name_) {
        name_ = *leader;
        round_ = 0;
        options_.log(Severity::kInfo, "waiting for rank 0 to begin a job");
      }
      RETURN_IF_ERROR(JoinNextRound());
    }
    // Where rank 0 ends, its store may be gone as soon as it has heard that this rank knows.
    if (is_over_) return absl::OkStatus();
    waiter_.Ask(
        [&](KeyStore& store) { store.Delete(absl::StrCat(name_, "/waiting/", options_.rank)); });
    return absl::OkStatus();
  }

 private:
  void Set(const std::string& key, const std::string& value) {
    waiter_.Ask([&](KeyStore& store) { store.Set(key, value); });
  }

  std::string Key(std::string_view name) const {
    return absl::StrCat(name_, "/", round_, "/", std::string(name), "/", options_.rank);
  }

  // Returns after a round, or where none has begun for a while.
  absl::Status JoinNextRound() {
    if (round_ == 0 || joined_) {
      Set(absl::StrCat(name_, "/waiting/", options_.rank), report_);
      const std::optional<std::string> newest =
          waiter_.WaitFor(absl::StrCat(name_, "/round"), kPatience);
      int64_t number = 0;
      if (!newest || !absl::SimpleAtoi(*newest, &number)) return absl::OkStatus();
      round_ = std::max<int64_t>({1, round_ + (joined_ ? 1 : 0), number});
      joined_ = false;
      // Too late for the newest round, where its members are chosen.
      if (waiter_.Ask([&](KeyStore& store) { return store.Has(Key("member")); })) ++round_;
    }
    const std::optional<std::string> call = waiter_.WaitFor(Key("call"), kPatience);
    if (!call) return SkipTo();
    Set(Key("here"), report_);
    if (*call == "over") {
      options_.log(Severity::kInfo, "rank 0 ends");
      is_over_ = true;
      return absl::OkStatus();
    }
    std::optional<std::string> place;
    while (!place && !waiter_.interrupted()) {
      place = waiter_.WaitFor(Key("member"), kPatience);
      if (!place && HasANewLeader()) return absl::OkStatus();
    }
    if (waiter_.interrupted()) return absl::OkStatus();
    joined_ = true;
    int64_t index = 0;
    int64_t size = 0;
    const std::vector<std::string> numbers = absl::StrSplit(*place, ' ');
    if (numbers.size() != 2 || !absl::SimpleAtoi(numbers[0], &index) ||
        !absl::SimpleAtoi(numbers[1], &size) || index < 1 || index >= size) {
      return absl::OkStatus();  // not in this round
    }
    return Serve(index, size);
  }

  // A round that did not call this rank may be over.
  absl::Status SkipTo() {
    const std::optional<std::string> newest =
        waiter_.WaitFor(absl::StrCat(name_, "/round"), milliseconds(0));
    int64_t number = 0;
    if (newest && absl::SimpleAtoi(*newest, &number) && number > round_) round_ = number;
    return absl::OkStatus();
  }

  bool HasANewLeader() {
    const std::optional<std::string> leader =
        waiter_.WaitFor(absl::StrCat(options_.prefix, "/leader"), milliseconds(0));
    return !leader || *leader != name_;
  }

  // From the first message to the last, or to an error.
  absl::Status Serve(int64_t index, int64_t size) {
    std::shared_ptr<Collectives> group;
    try {
      UseDevice(options_.device);
      group = waiter_.Ask([&](KeyStore& store) {
        return store.FormGroup({.name = absl::StrCat(name_, "/", round_, "/group"),
                                .rank = index,
                                .size = size,
                                .device = options_.device,
                                .timeout = options_.ranks.collective_timeout});
      });
      absl::Status status = Obey(group);
      if (status.ok()) return status;
      Fail("error", MessageOf(status));
    } catch (const StoreLost&) {
      throw;
    } catch (const RankLost& error) {
      options_.log(Severity::kWarning, absl::StrCat("a rank was lost: ", error.what()));
    } catch (const std::exception& error) {
      const std::string what = FirstLine(error);
      if (IsDeviceFailure(error)) {
        Fail("device", Message::Uncoded(what));
        return DeviceLostError(what);
      }
      Fail(IsOutOfMemory(error) ? "memory" : "error", Message::Uncoded(what));
    }
    return absl::OkStatus();
  }

  // Said before the group goes, which is what the others notice.
  void Fail(std::string_view kind, const Message& what) {
    options_.log(Severity::kError, what.text());
    Set(Key("failure"), absl::StrCat(std::string(kind), "\n", CodeJson(what), "\n", what.text()));
  }

  absl::Status Obey(const std::shared_ptr<Collectives>& group) {
    std::unique_ptr<TrainingSession> session;
    ModelConfig model;
    for (int64_t number = 0;; ++number) {
      const std::string key = absl::StrCat(Key("message"), "/", number);
      std::optional<std::string> message;
      while (!message) {
        message = waiter_.WaitFor(key, kPatience);
        if (waiter_.interrupted()) return absl::OkStatus();
        if (!message && HasANewLeader()) return absl::OkStatus();
      }
      waiter_.Ask([&](KeyStore& store) { store.Delete(key); });
      ASSIGN_OR_RETURN(const Verb verb, VerbOf(*message));
      if (verb == Verb::kLeave) return absl::OkStatus();
      if (verb == Verb::kBegin) {
        ASSIGN_OR_RETURN(const BeginMessage begin, DecodeBegin(*message));
        model = begin.model;
        session = std::make_unique<TrainingSession>(
            SessionOptions{.model = model,
                           .hyperparameters = begin.hyperparameters,
                           .device = options_.device,
                           .ranks = group});
        session->SynchronizeState();
        options_.log(Severity::kInfo, "a job has begun");
        continue;
      }
      if (session == nullptr) return MalformedMessage("it begins without a model");
      if (verb == Verb::kContribute) {
        session->ContributeState();
        continue;
      }
      ASSIGN_OR_RETURN(const StepMessage step, DecodeStep(*message, model));
      session->Step({.step = step.step,
                     .learning_rate = step.learning_rate,
                     .disc_weight = step.disc_weight,
                     .micro_batches = step.share.micro_batches,
                     .indices = step.share.indices,
                     .step_tokens = step.step_tokens,
                     .step_masked = step.step_masked,
                     .step_weight = step.step_weight,
                     .observed_sequence = std::nullopt});
      // What the device has to say of a step is rank 0's to tell; here it only must not pile up.
      constexpr int64_t kResultsInterval = 16;
      if (options_.device == "cpu" || step.step % kResultsInterval == 0) session->TakeResults();
    }
  }

  Waiter& waiter_;
  const FollowOptions& options_;
  const std::string report_;
  std::string name_;     // of rank 0
  int64_t round_ = 0;    // that this rank is in or waits for
  bool joined_ = false;  // it has been told whether it is a member
  bool is_over_ = false;
};

}  // namespace

absl::Status Follow(Waiter& waiter, const FollowOptions& options) {
  return Follower(waiter, options).Run();
}

}  // namespace electra

// How ranks come together, over the keys of a KeyStore (core/c10d/key_store.h), and how rank 0
// speaks to the others: its side. Theirs is core/ranks/follow.h.
//
// Rank 0 calls the ranks for a round, takes the ones that answer in time, and tells each of them
// its index and the size of the round. A round ends when rank 0 dissolves it or a member is lost;
// the next one is formed of the ranks that are there then. Nothing outlives a launch:
//
//   electra/leader                     a name that rank 0 makes up when it starts; below:
//   NAME/round                         number of the newest round
//   NAME/waiting/RANK                  a rank that is there and in no round; who it is
//   NAME/ROUND/call/RANK, here/RANK    rank 0 calls, RANK answers who it is; "over": it ends
//   NAME/ROUND/member/RANK             "INDEX SIZE", or empty: not in this round
//   NAME/ROUND/message/RANK/N          the Nth message to it
//   NAME/ROUND/failure/RANK            why it left: its kind, its code (CodeJson) and its sentence
//
// Free of libtorch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/base/message.h"
#include "core/c10d/key_store.h"
#include "core/ranks/messages.h"
#include "core/ranks/rendezvous.h"
#include "core/trainer.h"

namespace electra {

struct RankTeamOptions {
  std::string prefix;      // of all keys: "electra", "electra/2"
  int64_t world_size = 2;  // rank 0 among them
  std::string device;      // rank 0's
  RankOptions ranks;
  bool is_one_process = false;  // a device that one rank loses is lost to all, with the process
};

// Used by the thread that trains, except Ranks(). Throws StoreLost and RankLost.
class RankTeam {
 public:
  RankTeam(std::unique_ptr<KeyStore> store, RankTeamOptions options);
  ~RankTeam();  // tells the others that it ends, and gives them a moment to hear it

  // A group of the ranks 1 ... count - 1 that come in time; null where rank 0 is alone. Waits for
  // ranks that did not come the last time only where they have come back since. Cancelled after a
  // stop. Dissolves an existing round.
  absl::StatusOr<std::shared_ptr<Collectives>> Form(int64_t count, const BeginMessage& begin,
                                                    const StopSignal& stop);

  // Members of the round, rank 0 among them; 1 without one.
  int64_t size() const { return static_cast<int64_t>(members_.size()); }
  int64_t rank_of(int64_t member) const { return members_[static_cast<size_t>(member)]; }

  // To member 1 ... size() - 1, or all of these.
  void Send(int64_t member, const std::string& message);
  void SendAll(const std::string& message);

  // Whether a rank below `count` is there but in no round.
  bool HasNewcomers(int64_t count);

  struct Failure {
    enum class Kind { kError, kOutOfMemory, kDeviceLost };
    Kind kind;
    int64_t rank;
    Message message;
  };
  // The failure that a member reported before it left; nothing where none could.
  std::optional<Failure> FindFailure();

  // Ends the round: its members wait for the next one.
  void Dissolve();

  // By any thread: who has announced itself.
  std::vector<RankReport> Ranks() const;

  const RankTeamOptions& options() const { return options_; }
  bool is_one_process() const { return options_.is_one_process; }

 private:
  std::string RoundKey(const std::string& name) const;
  void SayThatItIsOver();

  const RankTeamOptions options_;
  const std::string name_;
  std::unique_ptr<KeyStore> store_;
  int64_t round_ = 0;
  std::vector<int64_t> members_ = {0};
  std::map<int64_t, int64_t> sent_;  // messages to a rank in this round
  std::set<int64_t> given_up_;       // did not come when last called

  mutable absl::Mutex mutex_;
  std::unique_ptr<KeyStore> status_store_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, std::string> reports_ ABSL_GUARDED_BY(mutex_);  // of members, as they answered
};

}  // namespace electra

// The implementation of Rendezvous, for the rest of core.
#pragma once

#include <memory>
#include <string>

#include "core/ranks/rank_team.h"
#include "core/ranks/rendezvous.h"

namespace electra {

struct Rendezvous::Impl {
  RankEnvironment environment;
  RankOptions options;
  std::unique_ptr<RankTeam> team;
};

// The prefix of all keys of a launch; torchrun's agent keeps its store when it restarts all
// processes.
std::string KeyPrefix(const RankEnvironment& environment);

// The device of a rank: cuda:LOCAL_RANK where this machine has cards, else the processor.
std::string DeviceOfRank(const RankEnvironment& environment);

}  // namespace electra

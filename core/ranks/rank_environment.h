// What a launcher (torchrun, srun, Kubeflow) tells each of the processes that it starts, in
// environment variables that all of them agree on:
//
//   RANK, WORLD_SIZE           which of how many processes this is
//   MASTER_ADDR, MASTER_PORT   where they meet; rank 0 listens there, or torchrun's agent
//   LOCAL_RANK                 which of the processes on this machine; 0 where it is not set
//
//   ASSIGN_OR_RETURN(std::optional<RankEnvironment> ranks, ReadRankEnvironment());
//   if (ranks && ranks->rank > 0) return RunWorker(*ranks, ...);   // core/ranks/worker.h
//
// Plain data and a pure function of the environment; no libtorch.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace electra {

struct RankEnvironment {
  int64_t rank = 0;
  int64_t world_size = 1;  // above 1
  int64_t local_rank = 0;
  std::string master_addr;
  int master_port = 0;
  // torchrun's agent listens at MASTER_PORT, not rank 0 (TORCHELASTIC_USE_AGENT_STORE).
  bool agent_listens = false;
  int64_t restart_count = 0;  // how often torchrun has started all processes again
};

// Returns the value of a variable, or null.
using EnvironmentReader = std::function<const char*(const char* name)>;

// Nothing where no launcher set anything, and where there is one process only. InvalidArgument,
// naming the variable and its value, where some are missing or make no sense together.
absl::StatusOr<std::optional<RankEnvironment>> ReadRankEnvironment(const EnvironmentReader& read);

// The same from this process's environment.
absl::StatusOr<std::optional<RankEnvironment>> ReadRankEnvironment();

}  // namespace electra

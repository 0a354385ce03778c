// The part of every rank except rank 0: it comes when rank 0 calls for a round, and computes its
// share of the steps that it is told, by the keys of core/ranks/rank_team.h.
//
//   Waiter waiter(store->Clone());
//   const absl::Status status = Follow(waiter, {.prefix = "electra", .rank = 1, .device = "cpu"});
//
// Free functions without state; free of libtorch.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/ranks/rendezvous.h"
#include "core/ranks/waiter.h"
#include "core/trainer.h"

namespace electra {

struct FollowOptions {
  std::string prefix;
  int64_t rank = 1;
  std::string device;
  RankOptions ranks;
  std::function<void(Severity, std::string_view)> log = [](Severity, std::string_view) {};
};

// Takes part in rounds until interrupted. Throws StoreLost. IsDeviceLost: the process must end.
absl::Status Follow(Waiter& waiter, const FollowOptions& options);

}  // namespace electra

// Where the ranks of one launch meet, as rank 0 sees it: it listens at MASTER_PORT from the start
// (or uses torchrun's agent), and workers announce themselves there.
//
//   ASSIGN_OR_RETURN(auto ranks, Rendezvous::Open(environment, {}));
//   auto trainer = CreateTrainer({.threads = 2, .ranks = ranks.get()});
//
// A job that takes several ranks forms a group of the ranks that are there, and another one when a
// rank is lost (core/ranks/rank_team.h). Free of libtorch by a pimpl. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/ranks/rank_environment.h"

namespace electra {

struct RankOptions {
  // After so long without an answer a rank is lost, and the step that waits for it ends. Longer
  // than the slowest rank may lag in one step.
  std::chrono::seconds collective_timeout{30};
  // How long a job that begins, or has lost a rank, waits for ranks that are not there.
  std::chrono::seconds join_timeout{30};
};

// A rank as it announced itself.
struct RankReport {
  int64_t rank = 0;
  bool present = false;  // announced, and not known to be lost
  std::string host;
  std::string device;  // "cpu", "cuda:0"
};

class Rendezvous {
 public:
  // `environment.rank` is 0. Unavailable where nothing can listen at MASTER_ADDR and MASTER_PORT,
  // or torchrun's agent does not answer.
  static absl::StatusOr<std::unique_ptr<Rendezvous>> Open(const RankEnvironment& environment,
                                                          const RankOptions& options);
  ~Rendezvous();
  Rendezvous(const Rendezvous&) = delete;
  Rendezvous& operator=(const Rendezvous&) = delete;

  const RankEnvironment& environment() const;
  const RankOptions& options() const;

  // All ranks of the launch in their order, this one first.
  std::vector<RankReport> Ranks() const;

  struct Impl;
  Impl& impl() { return *impl_; }  // for the rest of core

 private:
  explicit Rendezvous(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra

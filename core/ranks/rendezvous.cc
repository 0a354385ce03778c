#include "core/ranks/rendezvous.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/ranks/rank_team.h"
#include "core/ranks/rendezvous_impl.h"
#include "core/session/device.h"

namespace electra {
namespace {

// How long rank 0 looks for torchrun's agent, which is there before it.
constexpr std::chrono::seconds kConnectTimeout{30};

}  // namespace

std::string KeyPrefix(const RankEnvironment& environment) {
  return absl::StrCat("electra/", environment.restart_count);
}

std::string DeviceOfRank(const RankEnvironment& environment) {
  const bool has_cards = ListDevices().size() > 1;
  return has_cards ? absl::StrCat("cuda:", environment.local_rank) : "cpu";
}

Rendezvous::Rendezvous(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Rendezvous::~Rendezvous() = default;

absl::StatusOr<std::unique_ptr<Rendezvous>> Rendezvous::Open(const RankEnvironment& environment,
                                                             const RankOptions& options) {
  if (environment.rank != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("RANK is ", environment.rank, ": only rank 0 owns jobs"));
  }
  auto impl = std::make_unique<Impl>();
  impl->environment = environment;
  impl->options = options;
  try {
    std::unique_ptr<KeyStore> store = KeyStore::Connect({.host = environment.master_addr,
                                                         .port = environment.master_port,
                                                         .listens = !environment.agent_listens},
                                                        kConnectTimeout);
    impl->team = std::make_unique<RankTeam>(std::move(store),
                                            RankTeamOptions{.prefix = KeyPrefix(environment),
                                                            .world_size = environment.world_size,
                                                            .device = DeviceOfRank(environment),
                                                            .ranks = options});
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat(environment.agent_listens ? "torchrun's agent does not answer at "
                                               : "cannot wait for the other ranks at ",
                     environment.master_addr, ":", environment.master_port,
                     " (MASTER_ADDR, MASTER_PORT): ", error.what()));
  }
  return std::unique_ptr<Rendezvous>(new Rendezvous(std::move(impl)));
}

const RankEnvironment& Rendezvous::environment() const { return impl_->environment; }
const RankOptions& Rendezvous::options() const { return impl_->options; }
std::vector<RankReport> Rendezvous::Ranks() const { return impl_->team->Ranks(); }

}  // namespace electra

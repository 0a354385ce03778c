// The repositories of a pair of networks, by the name that they share.
//
// A function without state; asks the hub.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/hub_name.h"
#include "core/base/message.h"
#include "core/download/hub.h"
#include "core/download/repository.h"

namespace electra {

struct RepositoryPair {
  Repository discriminator;
  std::optional<Repository> generator;
  std::vector<Message> notes;  // what the user should know of it
};

// NAME-discriminator, and NAME-generator where the hub shows one; without the former NAME itself is
// the discriminator. The errors of Hub::Describe.
absl::StatusOr<RepositoryPair> DescribePair(const Hub& hub, const HubName& name,
                                            const std::function<bool()>& is_cancelled);

}  // namespace electra

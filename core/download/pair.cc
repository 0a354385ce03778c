#include "core/download/pair.h"

#include <utility>

#include "core/base/status_macros.h"

namespace electra {

absl::StatusOr<RepositoryPair> DescribePair(const Hub& hub, const HubName& name,
                                            const std::function<bool()>& is_cancelled) {
  const HubName base = PairBase(name);
  absl::StatusOr<Repository> discriminator = hub.Describe(DiscriminatorOf(base), is_cancelled);
  if (IsNoRepository(discriminator.status())) {
    // Some publish the discriminator alone, under the model's own name.
    discriminator = hub.Describe(name, is_cancelled);
  }
  RETURN_IF_ERROR(discriminator.status());
  RepositoryPair pair{.discriminator = *std::move(discriminator)};
  const HubName generator_name = GeneratorOf(base);
  absl::StatusOr<Repository> generator = hub.Describe(generator_name, is_cancelled);
  if (IsNoRepository(generator.status())) {
    pair.notes.push_back(
        Message("HUB_NO_GENERATOR",
                "the hub shows no {repository}: the model has the discriminator alone, and each "
                "job makes a generator (generator_size)",
                generator_name.repository));
    return pair;
  }
  RETURN_IF_ERROR(generator.status());
  pair.generator = *std::move(generator);
  return pair;
}

}  // namespace electra

// Models in this machine's own cache of the Hugging Face hub, as `hf download` and transformers fill
// it: models--ORG--NAME/refs/REVISION names a commit, snapshots/COMMIT/ has its files.
//
//   const std::string cache = HubCacheFolder(environment.variable);
//   if (const auto cached = FindInHubCache(cache, name)) ... cached->directory ...
//
// Thread safety: functions without state.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/hub_name.h"

namespace electra::client {

// HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else
// ~/.cache/huggingface/hub. Empty where there is no home either.
std::string HubCacheFolder(
    const std::function<std::optional<std::string>(const std::string& name)>& variable);

// Its parent, where `hf auth login` keeps a token: HF_HOME, else XDG_CACHE_HOME/huggingface, else
// ~/.cache/huggingface.
std::string HubHomeFolder(
    const std::function<std::optional<std::string>(const std::string& name)>& variable);

struct CachedRepository {
  std::string directory;  // of the files
  std::string source;     // "hf:ORG/NAME@COMMIT"
};

// nullopt where the cache does not have the revision.
std::optional<CachedRepository> FindInHubCache(const std::string& cache, const HubName& name);

// As the server takes a name that both networks of a pair share: NAME-discriminator and, where it
// is there, NAME-generator; else NAME as the discriminator.
struct CachedPair {
  CachedRepository discriminator;
  std::optional<CachedRepository> generator;
};
std::optional<CachedPair> FindPairInHubCache(const std::string& cache, const HubName& name);

}  // namespace electra::client

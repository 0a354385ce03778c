// Models from the Hugging Face hub into this machine's own cache, laid out as huggingface_hub does:
// blobs by their digests, snapshots of links to them, refs that name commits. What the cache has is
// not fetched again, and what broke off is continued.
//
//   ASSIGN_OR_RETURN(CachedPair pair, DownloadPair(environment, cache, names, progress));
//
// HF_ENDPOINT and HF_TOKEN (else the token of `hf auth login`) are those of huggingface_hub, and
// HF_HUB_OFFLINE switches it off.
//
// Thread safety: one call at a time; several processes may share a cache.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/environment/environment.h"
#include "client/transfer/hub_cache.h"
#include "core/base/hub_name.h"
#include "core/base/message.h"

namespace electra::client {

// What is asked for: a pair by the name that both networks share, or each by its own.
struct HubNames {
  std::optional<HubName> pair;
  HubName discriminator;  // without a pair
  std::optional<HubName> generator;
};

struct DownloadedPair {
  CachedPair pair;
  std::vector<Message> notes;
};

// Of a file: its name, bytes there, and bytes of all of it.
using DownloadProgress =
    std::function<void(const std::string& file, int64_t received_bytes, int64_t size_bytes)>;

// Whether this machine may ask the hub.
bool MayDownload(const Environment& environment);

// The errors of Hub; FailedPrecondition: the cache cannot be written, or HF_ENDPOINT is none;
// Cancelled: the user interrupted.
absl::StatusOr<DownloadedPair> DownloadPair(const Environment& environment,
                                            const std::string& cache, const HubNames& names,
                                            const DownloadProgress& progress);

}  // namespace electra::client

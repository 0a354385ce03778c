// Fetches models from the Hugging Face hub into this machine's own cache, in huggingface_hub's
// layout: blobs by their digests, snapshots of links to them, refs that name commits. Cached files
// are not fetched again, and interrupted downloads are continued.
//
//   ASSIGN_OR_RETURN(CachedPair pair, DownloadPair(environment, cache, names, progress));
//
// HF_ENDPOINT and HF_TOKEN (else the token of `hf auth login`) work as in huggingface_hub, and
// HF_HUB_OFFLINE switches downloads off.
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

// The requested models: a pair by the name that both networks share, or each by its own.
struct HubNames {
  std::optional<HubName> pair;
  HubName discriminator;  // without a pair
  std::optional<HubName> generator;
};

struct DownloadedPair {
  CachedPair pair;
  std::vector<Message> notes;
};

// Progress of a file: its name, the bytes received, and its size.
using DownloadProgress =
    std::function<void(const std::string& file, int64_t received_bytes, int64_t size_bytes)>;

// Whether this machine may use the hub.
bool MayDownload(const Environment& environment);

// The errors of Hub; FailedPrecondition: the cache cannot be written, or HF_ENDPOINT is invalid;
// Cancelled: the user interrupted.
absl::StatusOr<DownloadedPair> DownloadPair(const Environment& environment,
                                            const std::string& cache, const HubNames& names,
                                            const DownloadProgress& progress);

}  // namespace electra::client

// `electra server gc`: removes files that nothing needs any more.
//
//   corpora, vocabularies, models, job folders  that no row names
//   token caches                                all, while no job trains: they are built again
//   checkpoints                                 of jobs that have ended, but the newest and best
//   uploads                                     that broke off more than a day ago
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/message.h"
#include "server/base/data_dir.h"
#include "server/corpora/partial_uploads.h"
#include "server/store/database.h"

namespace electra::server {

struct Garbage {
  Message kind;  // "corpora", "checkpoints", ...
  int64_t count = 0;
  int64_t bytes = 0;
};

// One entry per kind. Garbage is renamed within a write, so that no job, corpus or checkpoint
// begins to use it, and removed afterwards; other writes go on in between.
absl::StatusOr<std::vector<Garbage>> CollectGarbage(Database& database, const DataDir& data_dir,
                                                    PartialUploads& partial_uploads,
                                                    GarbageMode mode);

}  // namespace electra::server

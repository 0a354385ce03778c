// The corpora that are stored: found, listed and removed.
//
// Free functions; thread-safe like the database. `resource` is "corpora/{id}", of which the id may
// be a unique prefix; InvalidArgument and NotFound otherwise.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/base/resource_names.h"
#include "server/store/corpora.h"
#include "server/store/database.h"
#include "server/store/row_page.h"

namespace electra::server {

absl::StatusOr<CorpusRow> ReadCorpus(Database& database, const std::string& resource);

// Newest first.
absl::StatusOr<RowPage<CorpusRow>> ReadCorpusPage(Database& database, const Page& page);

// The row, and the content where no other corpus has it. FailedPrecondition while a job that has
// not ended uses the corpus. PermissionDenied: it is another's.
absl::Status RemoveCorpus(Database& database, const DataDir& data_dir, const Caller& caller,
                          const std::string& resource);

}  // namespace electra::server

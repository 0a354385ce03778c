// Table job_texts: what a word alone in a filter is looked for in, and its index by trigrams.
//
// Free functions; thread-safe as the transaction.
#pragma once

#include <cstdint>

#include "server/store/database.h"

namespace electra::server {

// After a change of the job's display name, note or tags.
void UpdateJobText(Transaction& transaction, int64_t job_id);

}  // namespace electra::server

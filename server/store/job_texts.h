// Table job_texts: the texts in which a filter's single words are searched, and their index by
// trigrams.
//
// Free functions; thread-safe like the transaction.
#pragma once

#include <cstdint>

#include "server/store/database.h"

namespace electra::server {

// After a change of the job's display name, note or tags.
void UpdateJobText(Transaction& transaction, int64_t job_id);

}  // namespace electra::server

// A run goes back: to its last checkpoint, or to its start where it has none.
//
// Free functions without state; their effects are on the database.
#pragma once

#include <cstdint>

#include "server/store/database.h"

namespace electra::server {

enum class RewindCause {
  kServerStopped,  // the server ended without a checkpoint, and another one has found the job
  kEarlierEnd,     // what ended the attempt before is in the job's log
};

// The run goes on after `step`, 0 where it starts over: what is recorded of later steps leaves its
// history, and its log says so. Nothing happens where nothing of later steps is recorded.
//
// Rows are removed and not marked: they would be second rows of the same steps in every table that
// lists, plots and exports read, and each of those events stays in the job's log for who asks.
void RewindRun(Transaction& transaction, int64_t job_id, int64_t step, RewindCause cause);

}  // namespace electra::server

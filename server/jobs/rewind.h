// A run goes back to its last checkpoint, or to its start where it has none.
//
// Free functions without state; their effects are on the database.
#pragma once

#include <cstdint>

#include "server/store/database.h"

namespace electra::server {

enum class RewindCause {
  kServerStopped,  // the server ended without a checkpoint, and another one has found the job
  kEarlierEnd,     // the job's log says why the previous attempt ended
};

// The run goes on after `step`, 0 where it starts over: records of later steps leave its history,
// and its log says so. Does nothing where there are none.
//
// Rows are removed, not marked: they would be second rows of the same steps in every table that
// lists, plots and exports read, and the events stay in the job's log anyway.
void RewindRun(Transaction& transaction, int64_t job_id, int64_t step, RewindCause cause);

}  // namespace electra::server

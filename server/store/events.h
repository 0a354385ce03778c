// Table events: a job's log, numbered from 1 without gaps.
#pragma once

#include <cstdint>
#include <vector>

#include "electra/v1/training.pb.h"
#include "server/store/database.h"

namespace electra::server {

// Gives the event the job's next sequence number and the time, appends it, and enters what it says
// into the tables of history.
void AppendEvent(Transaction& transaction, int64_t job_id, v1::TrainingEvent event);

// Events behind `after_sequence`, in order.
std::vector<v1::TrainingEvent> ReadEvents(Reader& reader, int64_t job_id, int64_t after_sequence,
                                          int limit);

}  // namespace electra::server

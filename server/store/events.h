// Table events: a job's log, numbered from 1 without gaps.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "electra/v1/training.pb.h"
#include "server/store/database.h"

namespace electra::server {

// Gives the event the job's next sequence number and the time, appends it, and enters its values
// into the tables of history. Counts its bytes (job_sizes.h).
void AppendEvent(Transaction& transaction, int64_t job_id, v1::TrainingEvent event);

// Events after `after_sequence`, in order.
std::vector<v1::TrainingEvent> ReadEvents(Reader& reader, int64_t job_id, int64_t after_sequence,
                                          int limit);

// A job's log next to the values in its row.
struct JobLog {
  std::string name;
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  int64_t last_sequence = 0;
  int64_t events = 0;
  int64_t first = 0;  // sequence number in the log; 0: it is empty
  int64_t last = 0;
  int64_t steps = 0;           // done
  int64_t recorded_steps = 0;  // of them, in the history or known to be skipped
  std::string model_path;
};
void VisitJobLogs(Reader& reader, const std::function<void(const JobLog&)>& visit);

}  // namespace electra::server

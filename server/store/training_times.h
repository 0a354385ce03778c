// Table training_times: how long each token's jobs had devices in the last day, by which the queue
// is fair. Statements throw SQLite::Exception, which Database turns into a status.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/store/database.h"

namespace electra::server {

// A job gets its devices.
void BeginTrainingTime(Transaction& transaction, int64_t job_id, std::string_view token,
                       int64_t devices);

// The job has released its devices; does nothing if it had none. Forgets times that ended a day
// ago.
void EndTrainingTime(Transaction& transaction, int64_t job_id);

// As after a crash: it had its devices until its last event.
void EndLostTrainingTime(Transaction& transaction, int64_t job_id);

// A common table expression `trained (token, micros)`: the device time of each token that had some
// in the day before the parameter ?1, a time in microseconds.
inline constexpr char kTrainedInLastDay[] =
    "WITH trained (token, micros) AS MATERIALIZED ("
    "SELECT token, sum((coalesce(ended_at, ?1) - max(began_at, ?1 - 86400000000)) * devices) "
    "FROM training_times WHERE ended_at IS NULL OR ended_at > ?1 - 86400000000 GROUP BY token) ";

}  // namespace electra::server

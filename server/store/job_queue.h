// The queue: jobs that are QUEUED, in the order in which they are trained.
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "server/store/database.h"

namespace electra::server {

// What the queue has to know about a job.
struct QueuedJob {
  int64_t id = 0;
  int64_t priority = 0;
  std::string requested_device;
  int64_t requested_devices = 1;
};
// Visits queued jobs in their order: the highest priority, then the token whose jobs had devices
// for the shortest time in the last day, then the first submitted. Stops when `visit` returns
// false.
void VisitQueue(Reader& reader, const std::function<bool(const QueuedJob&)>& visit);

// By the ids of queued jobs, in the same order; 1 is next.
std::map<int64_t, int> QueuePositions(Reader& reader);

}  // namespace electra::server

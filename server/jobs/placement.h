// The queue's policy: which waiting jobs begin, on which devices, and which running ones make room.
//
//   Placement placement(devices, running);
//   for (const WaitingJob& job : queue) if (!placement.Add(job)) break;
//   placement.starts(); placement.stops(); placement.held();
//
// - Jobs come in the queue's order (VisitQueue). A job gets all of its devices at once, of those it
//   can have the ones with most free memory.
// - A job that cannot begin yet holds the devices that are free for it, and those that are about to
//   be: no job behind it takes them, so that a job over many devices begins in its turn, however
//   many small ones come. What it cannot have is open to the jobs behind it.
// - Where jobs of lower priority that train would leave enough devices, they make room: those of
//   the lowest priority first, then those on fewest devices, then the last submitted. Where even
//   that is not enough, nobody is disturbed.
//
// Pure; for one look at the queue. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace electra::server {

struct PlaceableDevice {
  std::string name;                   // "cpu", "cuda:0"
  std::vector<std::string> requests;  // values of a job's `device` that it serves
  // Ranks of a job that it stands for: a card for one, the processor for any number (0), the device
  // of a launch's first rank for all ranks of the launch.
  int64_t ranks = 1;
  int64_t free_memory = 0;  // bytes; negative: not known
};

// What a job's `device` may say to get each of these devices: its name; "cuda" for any card; "auto"
// for any card, or for the processor where there is none. `launch_ranks`: of the launch that this
// process is the first rank of; 0: there is none.
std::vector<PlaceableDevice> PlaceableDevices(const std::vector<std::string>& names,
                                              int64_t launch_ranks = 0);

struct WaitingJob {
  int64_t id = 0;
  int64_t priority = 0;
  std::string requested_device;
  int64_t devices = 1;  // that share each step; 0: one, or all ranks of a launch
};

// Whether these devices are as many as the job wants. InvalidArgument: they are fewer. A job that
// was taken when there were more is placed on those that are left.
absl::Status CheckPlaceable(const std::vector<PlaceableDevice>& devices, const WaitingJob& job);

struct RunningJob {
  int64_t id = 0;
  int64_t priority = 0;
  std::vector<std::string> devices;
  bool is_stopping = false;
};

class Placement {
 public:
  struct Start {
    int64_t job = 0;
    std::vector<std::string> devices;  // in the order in which they were given
  };

  struct Stop {
    int64_t job = 0;
    int64_t for_job = 0;
  };

  Placement(Placement&&) = default;
  Placement(const std::vector<PlaceableDevice>& devices, const std::vector<RunningJob>& running);

  // The next job of the queue; one that these devices can never serve is passed over. False: no job
  // behind it can begin or make others stop.
  bool Add(const WaitingJob& job);

  const std::vector<Start>& starts() const { return starts_; }
  const std::vector<Stop>& stops() const { return stops_; }
  // Devices without a job that are kept for one, by their names.
  const std::map<std::string, int64_t, std::less<>>& held() const { return held_; }

 private:
  struct Device {
    PlaceableDevice device;
    RunningJob* job = nullptr;  // of running_; null: idle
    bool is_taken = false;      // by a job of the queue, begun or waiting for it
  };

  // Free for the job now, then about to be, best first.
  std::vector<Device*> Candidates(const WaitingJob& job, bool is_idle);
  // Jobs that would leave `missing` devices for this one; none where they cannot.
  std::vector<RunningJob*> Victims(const WaitingJob& job, size_t missing);

  std::vector<PlaceableDevice> known_;
  std::vector<RunningJob> running_;
  std::vector<Device> devices_;
  std::vector<Start> starts_;
  std::vector<Stop> stops_;
  std::map<std::string, int64_t, std::less<>> held_;
};

}  // namespace electra::server

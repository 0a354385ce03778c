// The queue's policy: which waiting jobs begin, on which devices, and which running jobs make room.
//
//   Placement placement(devices, running);
//   for (const WaitingJob& job : queue) if (!placement.Add(job)) break;
//   placement.starts(); placement.stops(); placement.held();
//
// - Jobs come in the queue's order (VisitQueue). A job gets all of its devices at once: the ones
//   with the most free memory.
// - A job that cannot begin yet holds the devices that are free for it or about to be: no later job
//   takes them, so that a job over many devices begins in its turn, however many small ones come.
//   Devices that it cannot use are open to later jobs.
// - Where training jobs of lower priority would free enough devices, they make room: the lowest
//   priority first, then the fewest devices, then the last submitted. Where even that is not
//   enough, no job is disturbed.
//
// Pure; for one pass over the queue. Not thread-safe.
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
  // How many ranks of a job it can run: a card one, the processor any number (0), the device of a
  // launch's first rank all ranks of the launch.
  int64_t ranks = 1;
  int64_t free_memory = 0;  // bytes; negative: not known
};

// What a job's `device` may say to get each of these devices: its name; "cuda" for any card; "auto"
// for any card, or for the processor where there is none. `launch_ranks`: the size of the launch
// whose first rank this process is; 0: there is none.
std::vector<PlaceableDevice> PlaceableDevices(const std::vector<std::string>& names,
                                              int64_t launch_ranks = 0);

struct WaitingJob {
  int64_t id = 0;
  int64_t priority = 0;
  std::string requested_device;
  int64_t devices = 1;  // that share each step; 0: one, or all ranks of a launch
};

// Whether there are as many devices as the job wants. InvalidArgument: there are fewer. A job that
// was accepted when there were more is placed on the remaining ones.
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

  // The next job of the queue; one that these devices can never serve is skipped. False: no later
  // job can begin or make others stop.
  bool Add(const WaitingJob& job);

  const std::vector<Start>& starts() const { return starts_; }
  const std::vector<Stop>& stops() const { return stops_; }
  // Idle devices that are kept for a job, by their names.
  const std::map<std::string, int64_t, std::less<>>& held() const { return held_; }

 private:
  struct Device {
    PlaceableDevice device;
    RunningJob* job = nullptr;  // of running_; null: idle
    bool is_taken = false;      // by a job of the queue, begun or waiting for it
  };

  // Devices for the job that are free now or about to be, best first.
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

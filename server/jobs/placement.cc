#include "server/jobs/placement.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/algorithm/container.h"
#include "core/base/message.h"

namespace electra::server {
namespace {

bool Serves(const PlaceableDevice& device, const WaitingJob& job) {
  return absl::c_linear_search(device.requests, job.requested_device);
}

size_t CountServing(const std::vector<PlaceableDevice>& devices, const WaitingJob& job) {
  return static_cast<size_t>(
      absl::c_count_if(devices, [&](const auto& device) { return Serves(device, job); }));
}

// One device that can run several ranks is enough.
size_t DevicesWanted(const std::vector<PlaceableDevice>& devices, const WaitingJob& job) {
  const bool one_each = absl::c_any_of(
      devices, [&](const auto& device) { return device.ranks == 1 && Serves(device, job); });
  return static_cast<size_t>(one_each ? std::max<int64_t>(job.devices, 1) : 1);
}

}  // namespace

std::vector<PlaceableDevice> PlaceableDevices(const std::vector<std::string>& names,
                                              int64_t launch_ranks) {
  const bool has_card = absl::c_any_of(names, [](const auto& name) { return name != "cpu"; });
  std::vector<PlaceableDevice> devices;
  for (const std::string& name : names) {
    PlaceableDevice& device = devices.emplace_back();
    device.name = name;
    device.requests = {name};
    device.ranks = launch_ranks > 0 ? launch_ranks : name == "cpu" ? 0 : 1;
    if (name != "cpu") device.requests.push_back("cuda");
    if (name != "cpu" || !has_card) device.requests.push_back("auto");
  }
  return devices;
}

absl::Status CheckPlaceable(const std::vector<PlaceableDevice>& devices, const WaitingJob& job) {
  for (const PlaceableDevice& device : devices) {
    if (!Serves(device, job) || device.ranks <= 1 || job.devices <= device.ranks) continue;
    return InvalidArgumentError("DEVICES_ABOVE_RANKS",
                                "devices is {devices}, but the daemon was launched with {ranks} "
                                "ranks: use fewer devices, or 0 for all ranks",
                                job.devices, device.ranks);
  }
  const size_t there = CountServing(devices, job);
  if (there >= DevicesWanted(devices, job)) return absl::OkStatus();
  if (there == 1) {
    return InvalidArgumentError("DEVICES_ABOVE_ONE_CARD",
                                "devices is {devices}, but device={device} is one card here: use "
                                "fewer devices, or device=auto",
                                job.devices, job.requested_device);
  }
  return InvalidArgumentError(
      "DEVICES_ABOVE_CARDS",
      "devices is {devices}, but device={device} is {cards} cards here: use fewer devices",
      job.devices, job.requested_device, there);
}

Placement::Placement(const std::vector<PlaceableDevice>& devices,
                     const std::vector<RunningJob>& running)
    : running_(running) {
  for (const PlaceableDevice& device : devices) {
    const auto job = absl::c_find_if(running_, [&](const RunningJob& one) {
      return absl::c_linear_search(one.devices, device.name);
    });
    devices_.push_back({.device = device, .job = job == running_.end() ? nullptr : &*job});
    known_.push_back(device);
  }
}

std::vector<Placement::Device*> Placement::Candidates(const WaitingJob& job, bool is_idle) {
  std::vector<Device*> candidates;
  for (Device& one : devices_) {
    if (one.is_taken || !Serves(one.device, job)) continue;
    if (is_idle ? one.job == nullptr : one.job != nullptr && one.job->is_stopping) {
      candidates.push_back(&one);
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Device* a, const Device* b) {
    return a->device.free_memory > b->device.free_memory;
  });
  return candidates;
}

std::vector<RunningJob*> Placement::Victims(const WaitingJob& job, size_t missing) {
  std::vector<RunningJob*> victims;
  for (RunningJob& one : running_) {
    if (!one.is_stopping && one.priority < job.priority) victims.push_back(&one);
  }
  std::sort(victims.begin(), victims.end(), [](const RunningJob* a, const RunningJob* b) {
    return std::make_tuple(a->priority, a->devices.size(), -a->id) <
           std::make_tuple(b->priority, b->devices.size(), -b->id);
  });
  size_t left = 0;  // devices for this job
  std::vector<std::pair<RunningJob*, size_t>> chosen;
  for (RunningJob* victim : victims) {
    if (left >= missing) break;
    const auto useful = static_cast<size_t>(absl::c_count_if(devices_, [&](const Device& one) {
      return one.job == victim && !one.is_taken && Serves(one.device, job);
    }));
    if (useful == 0) continue;
    left += useful;
    chosen.emplace_back(victim, useful);
  }
  if (left < missing) return {};
  // A later one may free so many that an earlier one can stay.
  victims.clear();
  for (auto victim = chosen.rbegin(); victim != chosen.rend(); ++victim) {
    if (left - victim->second >= missing) {
      left -= victim->second;
    } else {
      victims.insert(victims.begin(), victim->first);
    }
  }
  return victims;
}

bool Placement::Add(const WaitingJob& job) {
  const size_t wanted = std::min(DevicesWanted(known_, job), CountServing(known_, job));
  if (wanted == 0) return true;
  std::vector<Device*> idle = Candidates(job, /*is_idle=*/true);
  if (idle.size() >= wanted) {
    Start start{.job = job.id, .devices = {}};
    for (size_t i = 0; i < wanted; ++i) {
      idle[i]->is_taken = true;
      start.devices.push_back(idle[i]->device.name);
    }
    starts_.push_back(std::move(start));
  } else {
    for (RunningJob* victim :
         Victims(job, wanted - std::min(wanted, idle.size() + Candidates(job, false).size()))) {
      victim->is_stopping = true;
      stops_.push_back({.job = victim->id, .for_job = job.id});
    }
    for (Device* one : idle) {
      one->is_taken = true;
      held_[one->device.name] = job.id;
    }
    const std::vector<Device*> soon = Candidates(job, /*is_idle=*/false);
    for (size_t i = 0; i < std::min(soon.size(), wanted - idle.size()); ++i) {
      soon[i]->is_taken = true;
    }
  }
  // Later jobs have no higher priority than this one.
  return absl::c_any_of(devices_, [&](const Device& one) {
    return !one.is_taken &&
           (one.job == nullptr || one.job->is_stopping || one.job->priority < job.priority);
  });
}

}  // namespace electra::server

// Memory and use of the devices of this machine: NVIDIA's management library where it is there,
// loaded when the daemon starts and never required, and the kernel's figures for the processor.
//
//   const DeviceMonitor monitor({});
//   if (const std::optional<DeviceUse> use = monitor.Read("cuda:0")) ...
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace electra::server {

struct DeviceUse {
  int64_t memory_bytes = 0;
  int64_t memory_used_bytes = 0;  // by all processes
  int64_t memory_free_bytes = 0;
  double utilization = -1;  // 0 to 1; negative: not known
};

class DeviceMonitor {
 public:
  struct Options {
    std::string library = "libnvidia-ml.so.1";
    // CUDA_VISIBLE_DEVICES: which cards cuda:0, cuda:1, ... are. Unset: all, in the driver's order.
    std::optional<std::string> visible_devices;
    std::filesystem::path machine_root = "/";  // where `proc` and `sys` lie
  };

  explicit DeviceMonitor(const Options& options);
  ~DeviceMonitor();
  DeviceMonitor(const DeviceMonitor&) = delete;
  DeviceMonitor& operator=(const DeviceMonitor&) = delete;

  // The driver's numbers for "cuda:N", the kernel's for "cpu". Nothing: unknown.
  std::optional<DeviceUse> Read(std::string_view device) const;

  // CUDA devices that answer now. Unavailable: the driver does not, with its reason.
  absl::StatusOr<int64_t> CountDevices() const;

  // Whether there is a library to ask about cards.
  bool has_library() const { return library_ != nullptr; }

 private:
  struct Library;

  const std::filesystem::path machine_root_;
  std::unique_ptr<Library> library_;  // null: not on this machine
  std::optional<std::vector<std::string>> visible_;
};

}  // namespace electra::server

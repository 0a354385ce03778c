// How much memory and processor time of this machine the process may use, within the limits of its
// container (cgroup v2, v1).
//
//   if (const std::optional<MachineMemory> memory = ReadMachineMemory()) Use(memory->total_bytes);
//
// Free functions without state. `root` is the folder in which `proc` and `sys` lie.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace electra {

struct MachineMemory {
  int64_t total_bytes = 0;
  int64_t available_bytes = 0;  // caches of the kernel count as available
};

// nullopt where the kernel does not say.
std::optional<MachineMemory> ReadMachineMemory(const std::filesystem::path& root = "/");

// Processors' worth of time that the control groups grant, such as 1.5; nullopt without a limit.
std::optional<double> ReadProcessorLimit(const std::filesystem::path& root = "/");

// Threads to compute with: `asked` if it is not 0, else one per granted processor, a part of one
// counted as one; 0 if that is not below the `usual` number.
int ThreadsWithin(int asked, int usual, std::optional<double> processors);

}  // namespace electra

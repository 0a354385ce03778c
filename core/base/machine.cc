#include "core/base/machine.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

// Empty where it cannot be read.
std::string ReadKernelFile(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The words of a file; the ones that matter are numbers.
std::vector<std::string> WordsOf(const fs::path& path) {
  return absl::StrSplit(ReadKernelFile(path), absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
}

// nullopt for "max" and for a missing word.
std::optional<int64_t> NumberAt(size_t index, const std::vector<std::string>& words) {
  int64_t number = 0;
  if (index >= words.size() || !absl::SimpleAtoi(words[index], &number)) return std::nullopt;
  return number;
}

// The number after `key` in lines of keys and numbers.
std::optional<int64_t> NumberOf(std::string_view key, const std::string& lines) {
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    int64_t number = 0;
    if (words.size() >= 2 && words[0] == key && absl::SimpleAtoi(words[1], &number)) return number;
  }
  return std::nullopt;
}

// The names of the files of one version.
struct MemoryFiles {
  const char* limit;
  const char* usage;
  const char* cached;  // in memory.stat
};
constexpr MemoryFiles kMemoryFilesV2 = {"memory.max", "memory.current", "inactive_file"};
constexpr MemoryFiles kMemoryFilesV1 = {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                        "total_inactive_file"};
// Version 1 has a number near the largest for "no limit".
constexpr int64_t kNoLimit = int64_t{1} << 60;

// The folders of this process's group for a controller, the innermost first. The kernel names the
// group as the host sees it; a container without a cgroup namespace has its own in the root.
struct Groups {
  bool is_v2 = false;
  std::vector<fs::path> folders;
};

Groups GroupsOf(std::string_view controller, const fs::path& root) {
  Groups groups;
  const fs::path mount = root / "sys/fs/cgroup";
  for (absl::string_view line : absl::StrSplit(ReadKernelFile(root / "proc/self/cgroup"), '\n')) {
    // "0::/group", or "4:cpu,cpuacct:/group"
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    const bool is_v2 = parts[0] == "0" && parts[1].empty();
    const bool is_v1 =
        std::find(controllers.begin(), controllers.end(), controller) != controllers.end();
    // Where both versions are mounted, a controller belongs to version 1 if that lists it.
    if (!is_v1 && !(is_v2 && groups.folders.empty())) continue;
    groups = {.is_v2 = is_v2, .folders = {}};
    fs::path base = mount;
    if (is_v1) {
      std::error_code error;
      base /= fs::exists(mount / parts[1], error) ? parts[1] : std::string(controller);
    }
    fs::path group = fs::path(parts[2]).relative_path().lexically_normal();
    if (absl::StartsWith(group.string(), "..")) group.clear();
    for (; !group.empty() && group != "."; group = group.parent_path()) {
      groups.folders.push_back(base / group);
    }
    groups.folders.push_back(base);
  }
  return groups;
}

}  // namespace

std::optional<MachineMemory> ReadMachineMemory(const fs::path& root) {
  const std::string machine = ReadKernelFile(root / "proc/meminfo");
  const std::optional<int64_t> total = NumberOf("MemTotal:", machine);
  if (!total) return std::nullopt;
  MachineMemory memory{
      .total_bytes = *total * 1024,
      .available_bytes = NumberOf("MemAvailable:", machine).value_or(*total) * 1024};
  const Groups groups = GroupsOf("memory", root);
  const MemoryFiles& files = groups.is_v2 ? kMemoryFilesV2 : kMemoryFilesV1;
  for (const fs::path& folder : groups.folders) {
    const std::optional<int64_t> limit = NumberAt(0, WordsOf(folder / files.limit));
    if (!limit || *limit < 0 || *limit >= kNoLimit) continue;
    const int64_t used = NumberAt(0, WordsOf(folder / files.usage)).value_or(0);
    const int64_t cached =
        NumberOf(files.cached, ReadKernelFile(folder / "memory.stat")).value_or(0);
    memory.total_bytes = std::min(memory.total_bytes, *limit);
    memory.available_bytes =
        std::clamp(*limit - (used - cached), int64_t{0}, memory.available_bytes);
  }
  memory.available_bytes = std::min(memory.available_bytes, memory.total_bytes);
  return memory;
}

std::optional<double> ReadProcessorLimit(const fs::path& root) {
  const Groups groups = GroupsOf("cpu", root);
  std::optional<double> least;
  for (const fs::path& folder : groups.folders) {
    // "150000 100000", or "max 100000"
    std::vector<std::string> times = WordsOf(folder / "cpu.max");
    if (!groups.is_v2) {
      times = WordsOf(folder / "cpu.cfs_quota_us");
      const std::vector<std::string> period = WordsOf(folder / "cpu.cfs_period_us");
      times.insert(times.end(), period.begin(), period.end());
    }
    const std::optional<int64_t> quota = NumberAt(0, times);
    const std::optional<int64_t> period = NumberAt(1, times);
    if (!quota || !period || *quota <= 0 || *period <= 0) continue;
    const double processors = static_cast<double>(*quota) / static_cast<double>(*period);
    least = std::min(least.value_or(processors), processors);
  }
  return least;
}

int ThreadsWithin(int asked, int usual, std::optional<double> processors) {
  if (asked > 0 || !processors || *processors > usual - 1) return asked;
  return std::max(1, static_cast<int>(std::ceil(*processors)));
}

}  // namespace electra

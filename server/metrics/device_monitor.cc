#include "server/metrics/device_monitor.h"

#include <dlfcn.h>

#include <algorithm>
#include <charconv>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "core/base/machine.h"

namespace electra::server {
namespace {

// The part of NVIDIA's interface that is used here, as its documentation states it; the library is
// not linked with, since most machines that build this have none.
using NvmlDevice = void*;
struct NvmlMemory {
  unsigned long long total;  // bytes
  unsigned long long free;
  unsigned long long used;
};
struct NvmlUtilization {
  unsigned int gpu;  // percent
  unsigned int memory;
};
constexpr int kNvmlSuccess = 0;

std::optional<int64_t> ParseIndex(std::string_view text) {
  int64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || index < 0) return std::nullopt;
  return index;
}

std::optional<DeviceUse> ReadProcessor(const std::filesystem::path& root) {
  const std::optional<MachineMemory> memory = ReadMachineMemory(root);
  if (!memory) return std::nullopt;
  return DeviceUse{.memory_bytes = memory->total_bytes,
                   .memory_used_bytes = memory->total_bytes - memory->available_bytes,
                   .memory_free_bytes = memory->available_bytes};
}

}  // namespace

struct DeviceMonitor::Library {
  ~Library() {
    if (is_initialized) shutdown();
    if (handle != nullptr) dlclose(handle);
  }

  template <typename Function>
  bool Find(const char* name, Function* function) {
    *function = reinterpret_cast<Function>(dlsym(handle, name));
    return *function != nullptr;
  }

  // A driver that was missing may be there now.
  int Initialize() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (is_initialized) return kNvmlSuccess;
    const int result = init();
    is_initialized = result == kNvmlSuccess;
    return result;
  }

  // A driver that has gone may come back.
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (is_initialized) shutdown();
    is_initialized = false;
  }

  int HandleOf(const std::string& device, NvmlDevice* found) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (const std::optional<int64_t> index = ParseIndex(device)) {
      return by_index(static_cast<unsigned int>(*index), found);
    }
    return by_uuid(device.c_str(), found);
  }

  void* handle = nullptr;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned int*) = nullptr;
  int (*by_index)(unsigned int, NvmlDevice*) = nullptr;
  int (*by_uuid)(const char*, NvmlDevice*) = nullptr;
  int (*memory)(NvmlDevice, NvmlMemory*) = nullptr;
  int (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;
  const char* (*error_text)(int) = nullptr;

  absl::Mutex mutex;  // held while the library is asked
  bool is_initialized ABSL_GUARDED_BY(mutex) = false;
};

DeviceMonitor::DeviceMonitor(const Options& options) : machine_root_(options.machine_root) {
  if (options.visible_devices) {
    visible_ = absl::StrSplit(*options.visible_devices, ',', absl::SkipWhitespace());
  }
  auto library = std::make_unique<Library>();
  library->handle = dlopen(options.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library->handle == nullptr) return;
  const bool is_whole = library->Find("nvmlInit_v2", &library->init) &&
                        library->Find("nvmlShutdown", &library->shutdown) &&
                        library->Find("nvmlDeviceGetCount_v2", &library->count) &&
                        library->Find("nvmlDeviceGetHandleByIndex_v2", &library->by_index) &&
                        library->Find("nvmlDeviceGetHandleByUUID", &library->by_uuid) &&
                        library->Find("nvmlDeviceGetMemoryInfo", &library->memory) &&
                        library->Find("nvmlDeviceGetUtilizationRates", &library->utilization) &&
                        library->Find("nvmlErrorString", &library->error_text);
  if (is_whole) library_ = std::move(library);
}

DeviceMonitor::~DeviceMonitor() = default;

std::optional<DeviceUse> DeviceMonitor::Read(std::string_view device) const {
  if (device == "cpu") return ReadProcessor(machine_root_);
  if (library_ == nullptr || !device.starts_with("cuda:")) return std::nullopt;
  const std::optional<int64_t> index = ParseIndex(device.substr(5));
  if (!index) return std::nullopt;
  std::string card = absl::StrCat(*index);
  if (visible_) {
    if (*index >= static_cast<int64_t>(visible_->size())) return std::nullopt;
    card = (*visible_)[static_cast<size_t>(*index)];
  }
  absl::MutexLock lock(&library_->mutex);
  NvmlDevice handle = nullptr;
  NvmlMemory memory{};
  if (library_->Initialize() != kNvmlSuccess) return std::nullopt;
  if (library_->HandleOf(card, &handle) != kNvmlSuccess ||
      library_->memory(handle, &memory) != kNvmlSuccess) {
    return std::nullopt;
  }
  DeviceUse use{.memory_bytes = static_cast<int64_t>(memory.total),
                .memory_used_bytes = static_cast<int64_t>(memory.used),
                .memory_free_bytes = static_cast<int64_t>(memory.free)};
  NvmlUtilization utilization{};
  if (library_->utilization(handle, &utilization) == kNvmlSuccess) {
    use.utilization = utilization.gpu / 100.0;
  }
  return use;
}

absl::StatusOr<int64_t> DeviceMonitor::CountDevices() const {
  if (library_ == nullptr) {
    return absl::UnavailableError(
        "NVIDIA's management library (libnvidia-ml.so.1) is not on this machine: install the "
        "driver, or give the container the capability `utility`");
  }
  absl::MutexLock lock(&library_->mutex);
  unsigned int count = 0;
  int result = library_->Initialize();
  if (result == kNvmlSuccess) result = library_->count(&count);
  if (result != kNvmlSuccess) {
    const std::string reason = library_->error_text(result);
    library_->Forget();
    return absl::UnavailableError(absl::StrCat("the NVIDIA driver says: ", reason));
  }
  int64_t answering = 0;
  const int64_t wanted = visible_ ? static_cast<int64_t>(visible_->size()) : int64_t{count};
  for (int64_t i = 0; i < wanted; ++i) {
    const std::string card = visible_ ? (*visible_)[static_cast<size_t>(i)] : absl::StrCat(i);
    NvmlDevice handle = nullptr;
    NvmlMemory memory{};
    if (library_->HandleOf(card, &handle) == kNvmlSuccess &&
        library_->memory(handle, &memory) == kNvmlSuccess) {
      ++answering;
    }
  }
  return answering;
}

}  // namespace electra::server

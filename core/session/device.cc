#include "core/session/device.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <sstream>
#include <thread>

#include "core/model/cpu/instruction_set.h"
#include "core/session/cuda_driver.h"
#include "core/session/device_error.h"

namespace electra {
namespace {

// The value of "key : value" or "key: value" in one of the kernel's text files.
std::string ValueInFile(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

int64_t CudaDeviceCount() {
  return at::hasCUDA() ? static_cast<int64_t>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
}

// Whether waiting for the calling thread's card fails. False where there is none.
bool WaitingFails() {
  if (CudaDeviceCount() == 0) return false;
  try {
    at::accelerator::synchronizeDevice(at::accelerator::getDeviceIndex());
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

DeviceErrorKind KindOf(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return DeviceErrorKind::kOutOfMemory;
  return ClassifyDeviceError(error.what(), WaitingFails);
}

}  // namespace

std::vector<DeviceReport> ListDevices() {
  std::vector<DeviceReport> devices;
  devices.push_back({.name = "cpu",
                     .description = ValueInFile("/proc/cpuinfo", "model name"),
                     .memory_bytes = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGE_SIZE)});
  const int64_t cards = CudaDeviceCount();
  if (cards == 0) return devices;
  const CudaDriver driver;
  for (int64_t i = 0; i < cards; ++i) {
    const CardFacts card = driver.Card(static_cast<int>(i)).value_or(CardFacts{});
    devices.push_back({.name = "cuda:" + std::to_string(i),
                       .description = card.name.empty() ? "CUDA device" : card.name,
                       .memory_bytes = card.memory_bytes});
  }
  return devices;
}

std::string ResolveDevice(std::string_view requested) {
  const int64_t cards = CudaDeviceCount();
  if (requested == "cpu" || (requested == "auto" && cards == 0)) return "cpu";
  int64_t index = 0;
  if (requested.starts_with("cuda:")) {
    const std::string_view digits = requested.substr(5);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || end != digits.data() + digits.size() || index < 0) return "";
  } else if (requested != "auto" && requested != "cuda") {
    return "";
  }
  return index < cards ? "cuda:" + std::to_string(index) : "";
}

bool NamesBFloat16(std::string_view features) {
  std::istringstream words{std::string(features)};
  return std::any_of(std::istream_iterator<std::string>(words), {}, [](const std::string& word) {
    return word == "avx512_bf16" || word == "amx_bf16" || word == "bf16";  // the last is Arm's
  });
}

std::string ProcessorWithoutBFloat16() {
  const std::string file = "/proc/cpuinfo";
  if (NamesBFloat16(ValueInFile(file, "flags")) || NamesBFloat16(ValueInFile(file, "Features"))) {
    return "";
  }
  const std::string name = ValueInFile(file, "model name");  // Arm has none
  return (name.empty() ? "" : name + ", ") + std::string(cpu::InstructionSet());
}

double MeasureMatrixProduct(const std::string& device, std::string_view type) {
  const at::Device target(device);
  // A card needs more to be busy than a processor.
  const int64_t size = target.is_cuda() ? 8192 : 1024;
  const double operations = 2.0 * std::pow(static_cast<double>(size), 3);
  const at::ScalarType scalar_type =
      type == "bfloat16" ? at::kBFloat16 : (type == "float16" ? at::kHalf : at::kFloat);
  const c10::NoGradGuard no_grad;
  // No random numbers: a job draws from generators that all threads share.
  const at::Tensor a = at::arange(size * size, at::TensorOptions().device(target).dtype(at::kFloat))
                           .remainder(97)
                           .div(97)
                           .sub(0.5)
                           .to(scalar_type)
                           .view({size, size});
  const at::Tensor b = a.t().contiguous();
  at::Tensor product = at::mm(a, b);
  product.sum().item<float>();  // sync: warm, and nothing outstanding
  using Clock = std::chrono::steady_clock;
  double best = 0;
  // The best of several: the limit of the machine, not its speed while disturbed.
  for (int repeat = 0; repeat < 5; ++repeat) {
    constexpr int kProducts = 8;
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < kProducts; ++i) at::mm_out(product, a, b);
    product.sum().item<float>();  // sync
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, kProducts * operations / seconds);
  }
  return best;
}

int64_t PeakMemoryBytes(const std::string& device) {
  const at::Device target(device);
  if (target.is_cuda()) {
    return at::accelerator::getDeviceStats(target.index()).allocated_bytes.front().peak;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

void ResetPeakMemory(const std::string& device) {
  const at::Device target(device);
  if (target.is_cuda()) return at::accelerator::resetPeakStats(target.index());
  std::ofstream("/proc/self/clear_refs") << 5;  // proc(5)
}

bool IsOutOfMemory(const std::exception& error) {
  return KindOf(error) == DeviceErrorKind::kOutOfMemory;
}

bool IsDeviceFailure(const std::exception& error) {
  return KindOf(error) == DeviceErrorKind::kLost;
}

bool IsUnsupportedDevice(const std::exception& error) {
  return KindOf(error) == DeviceErrorKind::kUnsupported;
}

void PrepareEnvironmentForCuda() {
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  const bool is_set = std::getenv("PYTORCH_CUDA_ALLOC_CONF") != nullptr ||
                      std::getenv("PYTORCH_ALLOC_CONF") != nullptr;  // the newer name
  if (!is_set) setenv("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True", /*overwrite=*/1);
}

void UseDevice(const std::string& device) {
  const at::Device target(device);
  if (target.is_cuda()) at::accelerator::setDeviceIndex(target.index());
}

void TryDevice(const std::string& device) {
  at::ones({2}, at::TensorOptions().device(at::Device(device))).sum().item<float>();  // sync
}

void ReleaseUnusedMemory() {
  if (CudaDeviceCount() > 0) at::accelerator::emptyCache();
  malloc_trim(0);
}

void SetThreadCount(int threads) {
  if (threads > 0) at::set_num_threads(threads);
}

namespace {

// libtorch sets the number for the calling thread and, as a default, for threads that have not
// computed yet: a throw-away thread restores that default.
void SetOwnThreadCount(int threads, int others) {
  at::set_num_threads(threads);
  std::thread([others] { at::set_num_threads(others); }).join();
}

}  // namespace

int ThreadCount() { return at::get_num_threads(); }

ThreadShare::ThreadShare(int threads) : before_(at::get_num_threads()) {
  SetOwnThreadCount(threads, before_);
}

ThreadShare::~ThreadShare() { SetOwnThreadCount(before_, before_); }

void ComputeInBackground() {
  SetOwnThreadCount(1, at::get_num_threads());
  // Linux has a priority for each thread. Without permission to change it the thread is like all
  // others.
  const sched_param none{};
  sched_setscheduler(0, SCHED_BATCH, &none);
  constexpr int kNice = 10;  // a tenth of a training thread's time, where they share a core
  setpriority(PRIO_PROCESS, 0, kNice);
}

}  // namespace electra

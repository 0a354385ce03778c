#include "core/session/cuda_driver.h"

#include <dlfcn.h>

#include <array>
#include <cstddef>

namespace electra {
namespace {

constexpr int kDriverSuccess = 0;
// CUdevice_attribute.
constexpr int kCapabilityMajor = 75;
constexpr int kCapabilityMinor = 76;

}  // namespace

CudaDriver::CudaDriver(const std::string& library)
    : library_(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  const auto initialize = Find<int (*)(unsigned int)>("cuInit");
  if (initialize != nullptr && initialize(0) == kDriverSuccess) return;
  if (library_ != nullptr) dlclose(library_);
  library_ = nullptr;
}

CudaDriver::~CudaDriver() {
  if (library_ != nullptr) dlclose(library_);
}

template <typename Function>
Function CudaDriver::Find(const char* name) const {
  if (library_ == nullptr) return nullptr;
  return reinterpret_cast<Function>(dlsym(library_, name));
}

std::optional<CardFacts> CudaDriver::Card(int index) const {
  const auto get = Find<int (*)(int*, int)>("cuDeviceGet");
  const auto name = Find<int (*)(char*, int, int)>("cuDeviceGetName");
  const auto memory = Find<int (*)(size_t*, int)>("cuDeviceTotalMem_v2");
  const auto attribute = Find<int (*)(int*, int, int)>("cuDeviceGetAttribute");
  if (get == nullptr || name == nullptr || memory == nullptr || attribute == nullptr) {
    return std::nullopt;
  }
  int device = 0;
  std::array<char, 256> text{};
  size_t bytes = 0;
  CardFacts card;
  if (get(&device, index) != kDriverSuccess ||
      name(text.data(), static_cast<int>(text.size()) - 1, device) != kDriverSuccess ||
      memory(&bytes, device) != kDriverSuccess ||
      attribute(&card.major, kCapabilityMajor, device) != kDriverSuccess ||
      attribute(&card.minor, kCapabilityMinor, device) != kDriverSuccess) {
    return std::nullopt;
  }
  card.name = text.data();
  card.memory_bytes = static_cast<int64_t>(bytes);
  return card;
}

int CudaDriver::version() const {
  const auto get = Find<int (*)(int*)>("cuDriverGetVersion");
  int version = 0;
  return get != nullptr && get(&version) == kDriverSuccess ? version : 0;
}

}  // namespace electra

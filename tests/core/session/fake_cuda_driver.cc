// The part of CUDA's driver library that the engine asks: two cards.
#include <cstddef>
#include <cstring>

namespace {

constexpr int kSuccess = 0;
constexpr int kInvalidDevice = 101;
constexpr int kHandle = 40;  // of the first card: a handle is not an index

bool IsCard(int device) { return device == kHandle || device == kHandle + 1; }

}  // namespace

extern "C" {

int cuInit(unsigned int flags) { return flags == 0 ? kSuccess : 1; }

int cuDriverGetVersion(int* version) {
  *version = 13000;
  return kSuccess;
}

int cuDeviceGet(int* device, int ordinal) {
  if (ordinal < 0 || ordinal > 1) return kInvalidDevice;
  *device = kHandle + ordinal;
  return kSuccess;
}

int cuDeviceGetName(char* name, int length, int device) {
  if (!IsCard(device)) return kInvalidDevice;
  std::strncpy(name, device == kHandle ? "Tesla T4" : "NVIDIA H200", static_cast<size_t>(length));
  return kSuccess;
}

int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  if (!IsCard(device)) return kInvalidDevice;
  *bytes = size_t{device == kHandle ? 16U : 141U} << 30;
  return kSuccess;
}

int cuDeviceGetAttribute(int* value, int attribute, int device) {
  if (!IsCard(device) || (attribute != 75 && attribute != 76)) return kInvalidDevice;
  const int capability = device == kHandle ? 75 : 90;
  *value = attribute == 75 ? capability / 10 : capability % 10;
  return kSuccess;
}

}  // extern "C"

#include "core/session/device_error.h"

#include <algorithm>
#include <iterator>

namespace electra {
namespace {

// The last one is that of cuBLAS, cuDNN and the like, whose buffers libtorch does not allocate.
constexpr std::string_view kMemoryWords[] = {"out of memory", "can't allocate memory",
                                             "ALLOC_FAILED"};

constexpr std::string_view kDeviceWords[] = {"CUDA error", "CUDA driver error", "cuDNN error"};

template <size_t count>
bool HasOneOf(std::string_view text, const std::string_view (&words)[count]) {
  return std::any_of(std::begin(words), std::end(words), [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

}  // namespace

DeviceErrorKind ClassifyDeviceError(std::string_view text,
                                    const std::function<bool()>& fails_again) {
  if (HasOneOf(text, kMemoryWords)) return DeviceErrorKind::kOutOfMemory;
  if (!HasOneOf(text, kDeviceWords)) return DeviceErrorKind::kNone;
  if (text.find("no kernel image") != std::string_view::npos) return DeviceErrorKind::kUnsupported;
  return fails_again() ? DeviceErrorKind::kLost : DeviceErrorKind::kNone;
}

}  // namespace electra

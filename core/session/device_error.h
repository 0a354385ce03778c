// What an error of libtorch says about the device, judged by its words: the driver's own types need
// CUDA's headers.
//
// Pure functions, free of libtorch.
#pragma once

#include <functional>
#include <string_view>

namespace electra {

enum class DeviceErrorKind {
  kNone,         // of another cause, or of one call alone: the device goes on
  kOutOfMemory,  // of the device or the host
  kUnsupported,  // this build has no code for the device
  kLost,         // the process cannot use the device any more (core/base/device_lost.h)
};

// `fails_again` is asked where the words leave it open whether the device is lost: it waits for the
// device, which fails with the same error for good once a kernel has written where it must not.
DeviceErrorKind ClassifyDeviceError(std::string_view text,
                                    const std::function<bool()>& fails_again);

}  // namespace electra

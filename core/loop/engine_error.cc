#include "core/loop/engine_error.h"

#include <string_view>
#include <utility>

#include "core/base/device_lost.h"
#include "core/base/message.h"
#include "core/session/device.h"

namespace electra {

std::string EngineReason(const std::exception& error) {
  std::string_view what = error.what();
  what = what.substr(0, what.find("\nException raised from"));
  return std::string(what.substr(0, what.find("\nC++ CapturedTraceback")));
}

absl::Status EngineError(const std::exception& error) {
  return InternalError("ENGINE_FAILED", "{reason}", EngineReason(error));
}

absl::Status DeviceError(const std::exception& error, absl::Status out_of_memory) {
  if (IsDeviceFailure(error)) return DeviceLostError(EngineReason(error));
  if (IsUnsupportedDevice(error)) {
    return FailedPreconditionError(
        "DEVICE_UNSUPPORTED",
        "this build of libtorch has no code for the device: train on another one or with "
        "device=cpu; `electrad selftest` shows what the device needs ({cause})",
        EngineReason(error));
  }
  return IsOutOfMemory(error) ? std::move(out_of_memory) : EngineError(error);
}

}  // namespace electra

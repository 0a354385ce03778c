#include "core/ranks/find_device.h"

#include "core/base/message.h"
#include "core/session/device.h"
#include "core/settings/hyperparameter_table.h"

namespace electra {

absl::StatusOr<std::string> FindDevice(std::string_view requested) {
  const std::string device = ResolveDevice(requested);
  if (!device.empty()) return device;
  if (!IsDeviceName(requested)) {
    return NotFoundError("DEVICE_NOT_A_NAME",
                         "device is \"{device}\": it must be auto, cpu, cuda or cuda:N", requested);
  }
  return NotFoundError("DEVICE_NOT_THERE",
                       "device {device} is not there: this machine has {count} CUDA devices. Use "
                       "device=cpu, or device=auto",
                       requested, ListDevices().size() - 1);
}

}  // namespace electra

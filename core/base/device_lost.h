// The error after which this process cannot use a device any more: the card fell off the bus,
// an uncorrectable memory error, a kernel that wrote where it must not. CUDA answers every later
// call with the same error, so the process must end; a new one finds the device again, or not.
//
// Free functions without state.
#pragma once

#include "absl/status/status.h"
#include "core/base/message.h"

namespace electra {

// Unavailable, marked as the loss of a device.
absl::Status DeviceLostError(const MessageValue& message);
bool IsDeviceLost(const absl::Status& status);

}  // namespace electra

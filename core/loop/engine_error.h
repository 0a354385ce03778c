// The errors of libtorch, for a person. Pure functions.
#pragma once

#include <exception>
#include <string>

#include "absl/status/status.h"

namespace electra {

// Without the C++ stack that libtorch appends.
std::string EngineReason(const std::exception& error);

// Internal: an error for which there is no better code.
absl::Status EngineError(const std::exception& error);

// For an error of code that computes on a device: IsDeviceLost (core/base/device_lost.h),
// FailedPrecondition where this libtorch has no code for the device, `out_of_memory` where memory
// ran out, else EngineError.
absl::Status DeviceError(const std::exception& error, absl::Status out_of_memory);

}  // namespace electra

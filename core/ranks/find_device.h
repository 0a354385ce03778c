// The device that a job asks for, or a sentence for its user.
//
// Thread-safe. Free function without state.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace electra {

// `requested`: auto, cpu, cuda or cuda:N. NotFound: this machine has no such device.
absl::StatusOr<std::string> FindDevice(std::string_view requested);

}  // namespace electra

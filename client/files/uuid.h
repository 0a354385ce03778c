// Random identifiers for requests that must not be done twice.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace electra::client {

// A version 4 UUID from the system's random numbers, such as 0b6e5a3e-....
absl::StatusOr<std::string> NewUuid();

}  // namespace electra::client

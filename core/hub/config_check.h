// Whether the shapes of a network fit together. Pure functions.
#pragma once

#include "absl/status/status.h"
#include "core/shape/config.h"

namespace electra {

// InvalidArgument, without a file's name: names the field, its value and what it must be.
absl::Status CheckConfigFits(const ElectraConfig& config);

}  // namespace electra

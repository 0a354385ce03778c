// The error of a job whose step found too little memory. Pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "core/settings/hyperparameters.h"

namespace electra {

// ResourceExhausted, with the settings that would train in the available memory. `fitting_batch`:
// the sequences of a batch that fits (core/session/fitting_batch.h); 0: not even one does.
absl::Status OutOfMemoryError(const Hyperparameters& hyperparameters, const std::string& device,
                              int64_t step, int64_t fitting_batch);

}  // namespace electra

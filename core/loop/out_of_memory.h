// What a job is told whose step found too little memory. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "core/settings/hyperparameters.h"

namespace electra {

// The largest half, quarter, ... of a batch of `sequences` that `fits`; 0 where not even one
// sequence does.
size_t FittingBatch(size_t sequences, const std::function<bool(size_t)>& fits);

// ResourceExhausted, with the settings that would train in the memory there is.
absl::Status OutOfMemoryError(const Hyperparameters& hyperparameters, const std::string& device,
                              int64_t step, int64_t fitting_batch);

}  // namespace electra

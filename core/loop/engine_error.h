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

}  // namespace electra

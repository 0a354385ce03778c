// Numbers for people and for programs.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace electra::client {

std::string FormatCount(int64_t count);          // 1,234,567
std::string FormatBytes(int64_t bytes);          // 12.3 MiB
std::string FormatElapsed(absl::Duration time);  // 0:45, 1:02:03
// 2.225; `-` for a number that is not defined.
std::string FormatLoss(std::optional<double> loss);
std::string FormatRate(double rate);      // a learning rate: 4 significant digits, as 0.0001234
std::string FormatNumber(double number);  // shortest form that reads back as the same

// Rounded to the nearest; 100 only where it is all of it.
int Percent(int64_t part, int64_t whole);

}  // namespace electra::client

// A curve of many steps in few rows, which look the same in a plot.
//
// Reads the steps and losses of a range once and keeps, of each of (max_points - 2) / 2 stretches
// of equal length, the steps with the lowest and with the highest combined loss, besides the first
// and the last step. A spike of one step stays visible however long the run.
//
// Memory: that of max_points. Thread safety: like the reader.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/store/database.h"

namespace electra::server {

inline constexpr int kMinPoints = 4;

// In order; nothing if the range has at most `max_points` rows (at least kMinPoints), which may all
// be shown.
std::optional<std::vector<int64_t>> ChooseExtremes(Reader& reader, int64_t job_id, int64_t first,
                                                   int64_t last, int max_points);

}  // namespace electra::server

// The rows that a live view of one job keeps at the end of the terminal: the job, its progress, its
// curves, and the state of the connection.
//
//   for (const std::string& row : RenderLive(state, {.columns = 80, .rows = 24, ...})) ...
//
// They take at most about half of the terminal, so that the newest sample stays in sight above;
// where that is too low for curves, a row shows their newest values instead.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/i18n/labels.h"
#include "client/live/live_state.h"
#include "client/text/styled_text.h"

namespace electra::client {

enum class Footer { kShown, kLeftOut };

struct LiveRowsOptions {
  int columns = 80;  // of the terminal
  int rows = 24;
  ColorMode color = ColorMode::kOff;
  Language language = Language::kKorean;
  absl::Time now;
  Footer footer = Footer::kShown;  // left out where nobody watches any more
};

// Each of fewer cells than the terminal has; fewer rows than it has.
std::vector<std::string> RenderLive(const LiveState& state, const LiveRowsOptions& options);

}  // namespace electra::client

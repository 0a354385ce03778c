// All jobs that have not ended: rows for a terminal, lines for a log.
//
//   rows = RenderBoard(jobs, {.columns = 80, .rows = 24, ...});
//   out << JobLine(job, ...) << "\n";
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/i18n/labels.h"
#include "client/text/styled_text.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

struct BoardOptions {
  int columns = 80;  // of the terminal
  int rows = 24;     // that the board may take
  ColorMode color = ColorMode::kOff;
  Charset charset = Charset::kUtf8;
  Language language = Language::kKorean;
  bool is_connected = true;  // else outdated speeds and times left are omitted
};

// Running jobs first, then waiting ones in the order of the queue, then paused ones.
void SortForBoard(std::vector<v1::Job>& jobs);

// A heading and a row for each job, narrower than the terminal unless that is too narrow for
// numbers and ids, which are never cut; the last row counts the jobs that do not fit. A wider
// terminal gets more columns.
std::vector<std::string> RenderBoard(const std::vector<v1::Job>& jobs, const BoardOptions& options);

// "books (7f3a): running · step 450/1,000 · ...": a job's state, without newline.
std::string JobLine(const v1::Job& job, Language language);

}  // namespace electra::client

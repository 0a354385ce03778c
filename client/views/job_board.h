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
  bool is_connected = true;  // else speeds and times left, which are old, are left out
};

// Those that run first, then those that wait in the order of the queue, then those that pause.
void SortForBoard(std::vector<v1::Job>& jobs);

// A heading and a row a job, of fewer cells than the terminal has unless it is too narrow for
// numbers and ids, which are whole; what has no place is counted in the last row. The wider the
// terminal, the more columns.
std::vector<std::string> RenderBoard(const std::vector<v1::Job>& jobs, const BoardOptions& options);

// "books (7f3a): running · step 450/1,000 · ...": how a job stands, without newline.
std::string JobLine(const v1::Job& job, Language language);

}  // namespace electra::client

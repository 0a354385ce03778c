// A pair's confusions on a terminal.
//
//   out << RenderConfusions(confusions, {.language = Language::kKorean, .width = 80});
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "client/views/sample_view.h"
#include "electra/v1/history.pb.h"
#include "electra/v1/job.pb.h"

namespace electra::client {

// Which run it is and its evaluations: the first, the best and the last.
std::string RenderRun(const v1::Job& job, const SampleViewOptions& options);

// Whether they are counted over an evaluation's text, and not over samples.
bool IsOfEvaluation(const v1::Confusions& confusions);

// The source of the counts, the counts, then a table for each of the three lists; several lines
// that end with a newline.
std::string RenderConfusions(const v1::Confusions& confusions, const SampleViewOptions& options);

}  // namespace electra::client

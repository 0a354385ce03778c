// The words of `report`, `export`, `try` and `embed`, beside those of labels.h and in the same two
// languages; $0, $1, ... are for absl::Substitute.
//
// Thread safety: constants.
#pragma once

#include "client/i18n/labels.h"

namespace electra::client {

struct ReportLabels {
  // Report on a terminal.
  const char* run_line;  // job, display name, state, step, total steps, model
  const char* no_samples;
  const char* no_evaluation;    // with counts
  const char* counted_line;     // samples, first step, last step, tokens
  const char* evaluation_line;  // sequences, step, tokens, masked
  const char* verdict_line;     // fakes, caught, percent, suspected
  const char* faked_heading;
  const char* missed_heading;
  const char* suspected_heading;
  const char* approximate;
  const char* token;
  const char* times;  // that a token stands in the samples
  const char* fakes;
  const char* missed;
  const char* missed_share;
  const char* suspected;
  const char* suspected_share;

  // Try.
  const char* try_heading;    // number of the sentence, model
  const char* model_at_step;  // name, step
  const char* judge_counts;   // tokens, suspected
  const char* sentence;       // ends where the sentence begins
  const char* fake_probability;
  const char* truncated;

  // What was written.
  const char* written;          // file, size
  const char* exported;         // job, files, folder
  const char* exporting;        // job, rows so far
  const char* embedding;        // done, all
  const char* embedded;         // file, sentences, numbers of each
  const char* truncated_lines;  // lines
};

const ReportLabels& ReportLabelsFor(Language language);

}  // namespace electra::client

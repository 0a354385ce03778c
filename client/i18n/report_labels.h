// The words of `report`, `export`, `try` and `embed`, in addition to labels.h.
//
// Thread safety: constants.
#pragma once

#include "client/i18n/labels.h"

namespace electra::client {

struct ReportLabels {
  // Report on a terminal.
  // job, display name, state, step, total steps, model
  const char* run_line = N_("$0 $1 · $2 · step $3/$4 · $5");
  const char* no_samples = N_("No samples are recorded; set sample_every above 0 to record them.");
  const char* no_evaluation =
      N_("No evaluation of this job has counts: it has not been evaluated yet, "
         "validation_split_percentage is 0, or an older version evaluated it.");  // with counts
  const char* counted_line = N_(
      "$0 samples of training batches (steps $1 to $2), $3 tokens");  // samples, first step, last step, tokens
  // sequences, step, tokens, masked
  const char* evaluation_line =
      N_("Evaluation after step $1: $0 held-out sequences, $2 tokens, $3 of them masked");
  const char* verdict_line = N_(
      "$1 of $0 fake tokens caught ($2%), $3 original tokens suspected");  // fakes, caught, percent, suspected
  const char* faked_heading = N_("Tokens that the generator changed most often");
  const char* missed_heading = N_("Fakes that the discriminator missed most often");
  const char* suspected_heading = N_("Originals that the discriminator suspected most often");
  const char* approximate = N_("There are too many different tokens; rare ones are not counted.");
  const char* token = N_("Token");
  const char* times = N_("Seen");  // how often a token is in the samples
  const char* fakes = N_("Fakes");
  const char* missed = N_("Missed");
  const char* missed_share = N_("Missed %");
  const char* suspected = N_("Suspected");
  const char* suspected_share = N_("Suspected %");

  // Try.
  const char* try_heading = N_("sentence $0 ------- by $1");   // number of the sentence, model
  const char* model_at_step = N_("$0, step $1");               // name, step
  const char* judge_counts = N_("$1 of $0 tokens suspected");  // tokens, suspected
  const char* sentence = N_("Sentence :  ");                   // ends where the sentence begins
  const char* fake_probability = N_("Fake probability");
  const char* truncated =
      N_("The sentence is longer than the model can read; its end was cut off.");

  // Written files.
  const char* written = N_("Wrote $0 ($1).");               // file, size
  const char* exported = N_("Exported $0: $1 files → $2");  // job, files, folder
  const char* exporting = N_("exporting $0 · $1 rows");     // job, rows so far
  const char* embedding = N_("embedding $0/$1");            // done, all
  const char* embedded =
      N_("Wrote $0: $1 sentences, $2 numbers each");  // file, sentences, numbers of each
  const char* truncated_lines = N_("too long and cut off: lines $0");  // lines
};

const ReportLabels& ReportLabelsFor(Language language);

}  // namespace electra::client

// The vocabulary of a job, which is settled when the job begins and kept in its folder. A free
// function without state.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/hub/tokenizer_files.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/trainer.h"

namespace electra {

struct JobVocabulary {
  Vocabulary vocabulary;
  int32_t model_tokens = 0;  // without those that vocab_extend has appended
};

// The job's own copy if it began before, else its model's (`pretrained`; null: none), else the one
// that it was given, else one trained now; then vocab_extend's tokens. What was made or chosen is
// told to `observer` and kept as job_dir/vocab.txt. Cancelled when `stop` was set meanwhile.
absl::StatusOr<JobVocabulary> GetVocabulary(const TrainingTask& task,
                                            const TokenizerFiles* pretrained,
                                            const TokenizerOptions& tokenizer,
                                            TrainingObserver& observer, const StopSignal& stop);

}  // namespace electra

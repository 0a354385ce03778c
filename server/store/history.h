// Tables step_metrics, evaluations and samples: one row for each step (and probe sentence) of the
// current run. Steps that a run has dropped by going back are only in the job's events.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "electra/v1/training.pb.h"
#include "server/store/database.h"

namespace electra::server {

// A row of the same step is replaced: after a resume steps are run again.
void UpsertStep(Transaction& transaction, int64_t job_id, const v1::StepMetrics& step,
                int64_t time);
void UpsertEvaluation(Transaction& transaction, int64_t job_id, const v1::Evaluation& evaluation,
                      int64_t time);
// `sequence`: the number of the event with the sample. Returns the row's bytes of text.
int64_t UpsertSample(Transaction& transaction, int64_t job_id, const v1::Sample& sample,
                     int64_t sequence, int64_t time);

// The run goes on after `step`: removes later steps from its history, and the job is at that step
// again. Returns the last step that it had reached; nothing where that was not a later one.
std::optional<int64_t> RewindHistory(Transaction& transaction, int64_t job_id, int64_t step);

struct StepRange {
  int64_t first = 0;
  int64_t first_probe = 0;  // samples of step `first` with a lower one are left out
  int64_t last = std::numeric_limits<int64_t>::max();
  int limit = 0;
};

// In order of steps.
std::vector<v1::StepMetrics> ListSteps(Reader& reader, int64_t job_id, const StepRange& range);
std::vector<v1::Evaluation> ListEvaluations(Reader& reader, int64_t job_id, const StepRange& range);
// At most `max_points` of them: all, or the choice of ChooseExtremes (step_extremes.h), whose
// counts are then sums over the steps since the previous point.
std::vector<v1::StepMetrics> ListStepExtremes(Reader& reader, int64_t job_id,
                                              const StepRange& range, int max_points);

// Selects the samples that meet all of these conditions.
struct SampleSelection {
  bool missed = false;     // with a fake that the discriminator did not suspect
  bool suspected = false;  // with an original that it did
};
std::vector<v1::Sample> ListSamples(Reader& reader, int64_t job_id, const StepRange& range,
                                    const SampleSelection& selection = {});

}  // namespace electra::server

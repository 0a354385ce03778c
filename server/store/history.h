// Tables step_metrics, evaluations and samples: one row a step (and probe sentence) of the run as it
// stands. Records of steps that a run has left by going back are in the job's events alone.
#pragma once

#include <SQLiteCpp/Statement.h>

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
// `sequence`: of the event that holds the sample. Returns how many bytes of text the row has.
int64_t UpsertSample(Transaction& transaction, int64_t job_id, const v1::Sample& sample,
                     int64_t sequence, int64_t time);

// The run goes on after `step`: what is recorded of later steps leaves its history, and the job stands
// at that step again. Returns the last step at which it stood; nothing where that was no later one.
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
// At most `max_points` of them: all, or those that ChooseExtremes (step_extremes.h) chooses, whose
// counts are then sums over the steps since the one before.
std::vector<v1::StepMetrics> ListStepExtremes(Reader& reader, int64_t job_id,
                                              const StepRange& range, int max_points);

// Which samples; those for which all that is asked is so.
struct SampleSelection {
  bool missed = false;     // with a fake that the discriminator did not suspect
  bool suspected = false;  // with an original that it did
};
std::vector<v1::Sample> ListSamples(Reader& reader, int64_t job_id, const StepRange& range,
                                    const SampleSelection& selection = {});

std::optional<v1::Evaluation> FirstEvaluation(Reader& reader, int64_t job_id);

// What a list of runs shows of each; what there is none of is missing.
struct RunSummary {
  std::optional<v1::StepMetrics> last_step;
  std::optional<v1::Evaluation> first_evaluation;
  std::optional<v1::Evaluation> last_evaluation;
  std::optional<v1::Evaluation> best_evaluation;  // by the job's metric, the first of equal ones
};

// Reads summaries of many runs with statements that are prepared once. Not thread-safe; the
// reader must outlive it.
class RunSummaries {
 public:
  explicit RunSummaries(Reader& reader);
  RunSummary Read(int64_t job_id);

 private:
  SQLite::Statement last_step_;
  SQLite::Statement first_evaluation_;
  SQLite::Statement last_evaluation_;
  SQLite::Statement best_evaluation_;
  SQLite::Statement corpus_evaluations_;
};

}  // namespace electra::server

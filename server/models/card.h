// README.md of a downloaded model: its description, origin and results. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "electra/v1/training.pb.h"
#include "server/store/corpora.h"
#include "server/store/job_corpora.h"
#include "server/store/jobs.h"
#include "server/store/models.h"

namespace electra::server {

// A corpus that a job reads besides its first, or in a mix with it.
struct CardCorpus {
  JobCorpusRow row;
  std::optional<CorpusRow> corpus;  // nothing when it was deleted since
};

struct JobCard {
  const JobRow& job;
  const std::optional<CorpusRow>& corpus;  // nothing when it was deleted since
  const std::vector<CardCorpus>& corpora;
  int64_t step = 0;                        // of the checkpoint
  std::optional<v1::Evaluation> before;    // the first evaluation
  std::optional<v1::Evaluation> after;     // the last one up to `step`
  std::optional<v1::Evaluation> best;      // of all
  std::optional<v1::StepMetrics> metrics;  // of `step`
};

std::string JobModelCard(const JobCard& card);

std::string ImportedModelCard(const ModelRow& model);

}  // namespace electra::server

// What a job would be before it is queued: text, steps, memory, time.
//
// The text is counted from its first megabytes (server/corpora/text_census.h). The speed is that of a run
// of the same model on the same device, else that of the newest run there, by the FLOPs that a
// token of each model needs; where nothing has run, a share of what the device's matrix products
// reach, measured now, unless a job is at work and would be disturbed. Memory is counted from the
// shapes (core/shape/cost.h).
//
// Thread-safe as the database; blocks for the time that reading and tokenizing take.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "core/trainer.h"
#include "electra/v1/job.pb.h"
#include "server/base/data_dir.h"
#include "server/jobs/check.h"
#include "server/store/corpora.h"
#include "server/store/database.h"

namespace electra::server {

struct EstimateSources {
  Database& database;
  const DataDir& data_dir;
  const Trainer& trainer;
};

// `settings` without violations, `corpus` where the request names one. InvalidArgument: the sample,
// the text or the vocabulary cannot be used, or a batch cannot be filled.
absl::Status EstimateJob(const EstimateSources& sources, const JobSettings& settings,
                         const std::optional<CorpusRow>& corpus,
                         const v1::EstimateJobRequest& request, v1::JobEstimate* response);

}  // namespace electra::server

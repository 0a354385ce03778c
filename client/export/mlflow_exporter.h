// A run as MLflow's file store keeps one: DIR is the tracking folder (`mlruns`), which may hold
// other runs. The experiment is `electra`; the run's id follows from the job's, so that the same
// job is the same run. Losses and rates are metrics (evaluations with `eval_` before their names),
// hyperparameters are params, samples an artifact.
#pragma once

#include <memory>

#include "client/export/run_exporter.h"
#include "client/files/output_place.h"

namespace electra::client {

std::unique_ptr<RunExporter> MakeMlflowExporter(OutputFolder& folder);

}  // namespace electra::client

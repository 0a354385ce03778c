// A run as TensorBoard's event file: DIR/JOB/events.out.tfevents.TIME.electra. Scalars are named
// train/combined_loss, eval/combined_loss, ...; settings and the sentences of samples are texts.
#pragma once

#include <memory>

#include "client/export/run_exporter.h"
#include "client/files/output_place.h"

namespace electra::client {

std::unique_ptr<RunExporter> MakeTensorBoardExporter(OutputFolder& folder);

}  // namespace electra::client

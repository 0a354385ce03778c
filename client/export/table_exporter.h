// A run as flat tables: steps, evaluations, samples (one row per sentence) and tokens (one row for
// each token of each sample), next to job.json with its settings. Columns have the names of the
// fields in proto/electra/v1/training.proto.
#pragma once

#include <memory>

#include "client/export/run_exporter.h"
#include "client/export/table.h"
#include "client/files/output_place.h"
#include "core/base/safe_text.h"

namespace electra::client {

enum class TableFormat { kCsv, kJsonl, kParquet };

// `form`: of kCsv.
std::unique_ptr<RunExporter> MakeTableExporter(TableFormat format, const CsvForm& form,
                                               OutputFolder& folder);

}  // namespace electra::client

// A run as flat tables: steps, evaluations, samples (a row a sentence) and tokens (a row for each
// token of each sample), beside job.json with its settings. Columns are named as the fields in
// proto/electra/v1/training.proto.
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

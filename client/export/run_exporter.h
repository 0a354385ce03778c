// A run's history on its way into files of one format.
//
//   ASSIGN_OR_RETURN(auto exporter, MakeExporter("csv", {}, folder));
//   exporter->Begin(job); exporter->Add(step); ... exporter->Finish();
//
// First all steps, then all evaluations, then all samples, each in order of steps. Errors are for
// the user: FailedPrecondition where files cannot be written. Not thread-safe. Ownership: borrows
// the folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/export/table.h"
#include "client/files/output_place.h"
#include "core/base/safe_text.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {

class RunExporter {
 public:
  virtual ~RunExporter() = default;
  virtual absl::Status Begin(const v1::Job& job) = 0;
  virtual absl::Status Add(const v1::StepMetrics& step) = 0;
  virtual absl::Status Add(const v1::Evaluation& evaluation) = 0;
  virtual absl::Status Add(const v1::Sample& sample) = 0;
  // Closes the files; call it once, at the end.
  virtual absl::Status Finish() = 0;
};

// csv, jsonl, parquet, tensorboard, mlflow.
const std::vector<std::string>& ExportFormats();

// `form`: of csv. InvalidArgument: none of these formats.
absl::StatusOr<std::unique_ptr<RunExporter>> MakeExporter(std::string_view format,
                                                          const CsvForm& form,
                                                          OutputFolder& folder);

}  // namespace electra::client

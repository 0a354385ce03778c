#include "client/export/run_exporter.h"

#include "absl/strings/str_cat.h"
#include "client/export/mlflow_exporter.h"
#include "client/export/table_exporter.h"
#include "client/export/tensorboard_exporter.h"
#include "client/i18n/phrases.h"

namespace electra::client {

const std::vector<std::string>& ExportFormats() {
  static const auto& formats =
      *new std::vector<std::string>{"csv", "jsonl", "parquet", "tensorboard", "mlflow"};
  return formats;
}

absl::StatusOr<std::unique_ptr<RunExporter>> MakeExporter(std::string_view format,
                                                          const CsvForm& form,
                                                          OutputFolder& folder) {
  if (format == "csv") return MakeTableExporter(TableFormat::kCsv, form, folder);
  if (format == "jsonl") return MakeTableExporter(TableFormat::kJsonl, form, folder);
  if (format == "parquet") return MakeTableExporter(TableFormat::kParquet, form, folder);
  if (format == "tensorboard") return MakeTensorBoardExporter(folder);
  if (format == "mlflow") return MakeMlflowExporter(folder);
  return InvalidArgument(kPhrases.no_such_format, std::string(format));
}

}  // namespace electra::client

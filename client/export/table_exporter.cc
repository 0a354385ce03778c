#include "client/export/table_exporter.h"

#include <fstream>
#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/export/parquet_writer.h"
#include "client/export/table.h"
#include "client/rpc/json_output.h"
#include "client/views/sample_view.h"
#include "core/base/status_macros.h"
#include "electra/v1/job.pb.h"
#include "electra/v1/training.pb.h"

namespace electra::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

FieldType TypeOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return FieldType::kNumber;
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldType::kBoolean;
    case FieldDescriptor::CPPTYPE_STRING:
      return FieldType::kText;
    default:
      return FieldType::kInteger;
  }
}

bool IsScalar(const FieldDescriptor& field) {
  return !field.is_repeated() && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

// A column for each scalar of a message: new fields of the contract are exported without a change
// here.
void AppendFields(const Descriptor& descriptor, std::vector<Field>* fields) {
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (!IsScalar(field)) continue;
    fields->push_back(
        {.name = field.name(), .type = TypeOf(field), .is_optional = field.has_presence()});
  }
}

FieldValue ValueOf(const Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field.has_presence() && !reflection.HasField(message, &field)) return std::monostate();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return int64_t{reflection.GetInt32(message, &field)};
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return int64_t{reflection.GetUInt32(message, &field)};
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<int64_t>(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return double{reflection.GetFloat(message, &field)};
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return int64_t{reflection.GetEnumValue(message, &field)};
    default:
      return reflection.GetString(message, &field);
  }
}

void AppendValues(const Message& message, std::vector<FieldValue>* values) {
  const Descriptor& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    if (IsScalar(*descriptor.field(i))) values->push_back(ValueOf(message, *descriptor.field(i)));
  }
}

class TableExporter : public RunExporter {
 public:
  TableExporter(TableFormat format, const CsvForm& form, OutputFolder& folder)
      : format_(format), form_(form), folder_(folder) {}

  absl::Status Begin(const v1::Job& job) override {
    ASSIGN_OR_RETURN(const std::filesystem::path path, folder_.Reserve("job.json"));
    std::ofstream out(path, std::ios::binary);
    out << ToJsonLine(job);
    out.close();
    if (!out) return CannotWriteFile(path);

    std::vector<Field> steps;
    AppendFields(*v1::StepMetrics::descriptor(), &steps);
    std::vector<Field> evaluations;
    AppendFields(*v1::Evaluation::descriptor(), &evaluations);
    std::vector<Field> samples;
    AppendFields(*v1::Sample::descriptor(), &samples);
    samples.push_back({.name = "original_sentence", .type = FieldType::kText});
    samples.push_back({.name = "fake_sentence", .type = FieldType::kText});
    std::vector<Field> tokens = {{.name = "step", .type = FieldType::kInteger},
                                 {.name = "probe", .type = FieldType::kInteger},
                                 {.name = "position", .type = FieldType::kInteger}};
    AppendFields(*v1::SampleToken::descriptor(), &tokens);
    for (const auto& [name, fields] : {std::pair{"steps", &steps},
                                       {"evaluations", &evaluations},
                                       {"samples", &samples},
                                       {"tokens", &tokens}}) {
      RETURN_IF_ERROR(Open(name, *fields));
    }
    return AddFinetunings(job);
  }

  absl::Status Add(const v1::StepMetrics& step) override { return AddMessage("steps", step); }

  absl::Status Add(const v1::Evaluation& evaluation) override {
    RETURN_IF_ERROR(AddMessage("evaluations", evaluation));
    for (const v1::Evaluation& one : evaluation.eval_corpora()) {
      RETURN_IF_ERROR(AddMessage("evaluations", one));
    }
    return absl::OkStatus();
  }

  absl::Status Add(const v1::Sample& sample) override {
    std::vector<FieldValue> row;
    AppendValues(sample, &row);
    row.emplace_back(SampleSentence(sample, SentenceKind::kOriginal).text());
    row.emplace_back(SampleSentence(sample, SentenceKind::kFake).text());
    RETURN_IF_ERROR(writers_.at("samples")->Add(row));
    for (int i = 0; i < sample.tokens_size(); ++i) {
      row = {int64_t{sample.step()}, int64_t{sample.probe()}, int64_t{i}};
      AppendValues(sample.tokens(i), &row);
      RETURN_IF_ERROR(writers_.at("tokens")->Add(row));
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    absl::Status status;
    for (const auto& [name, writer] : writers_) status.Update(writer->Finish());
    return status;
  }

 private:
  absl::Status Open(const std::string& name, const std::vector<Field>& fields) {
    const char* extension = format_ == TableFormat::kCsv     ? ".csv"
                            : format_ == TableFormat::kJsonl ? ".jsonl"
                                                             : ".parquet";
    ASSIGN_OR_RETURN(const std::filesystem::path path,
                     folder_.Reserve(absl::StrCat(name, extension)));
    ASSIGN_OR_RETURN(std::unique_ptr<TableWriter> writer,
                     format_ == TableFormat::kCsv     ? CreateCsvWriter(path, fields, form_)
                     : format_ == TableFormat::kJsonl ? CreateJsonlWriter(path, fields)
                                                      : CreateParquetWriter(path, fields));
    writers_.emplace(name, std::move(writer));
    return absl::OkStatus();
  }

  // A table only for a job whose model was fine-tuned.
  absl::Status AddFinetunings(const v1::Job& job) {
    if (job.finetunings().empty()) return absl::OkStatus();
    std::vector<Field> fields = {{.name = "finetuning", .type = FieldType::kText},
                                 {.name = "corpus_display_name", .type = FieldType::kText},
                                 {.name = "label_column", .type = FieldType::kText},
                                 {.name = "finetuned", .type = FieldType::kText}};
    AppendFields(*v1::FinetuningRun::descriptor(), &fields);
    RETURN_IF_ERROR(Open("finetuning_runs", fields));
    for (const v1::Finetuning& finetuning : job.finetunings()) {
      for (const v1::FinetuningRun& run : finetuning.runs()) {
        std::vector<FieldValue> row = {finetuning.name(), finetuning.corpus_display_name(),
                                       finetuning.label_column(),
                                       std::string(run.model() == v1::BASE ? "base" : "adapted")};
        AppendValues(run, &row);
        RETURN_IF_ERROR(writers_.at("finetuning_runs")->Add(row));
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddMessage(const std::string& table, const Message& message) {
    std::vector<FieldValue> row;
    AppendValues(message, &row);
    return writers_.at(table)->Add(row);
  }

  const TableFormat format_;
  const CsvForm form_;
  OutputFolder& folder_;
  std::map<std::string, std::unique_ptr<TableWriter>> writers_;
};

}  // namespace

std::unique_ptr<RunExporter> MakeTableExporter(TableFormat format, const CsvForm& form,
                                               OutputFolder& folder) {
  return std::make_unique<TableExporter>(format, form, folder);
}

}  // namespace electra::client

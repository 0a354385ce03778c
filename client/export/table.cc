#include "client/export/table.h"

#include <cmath>
#include <fstream>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

std::string CsvText(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string CsvNumber(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  return FormatNumber(number);
}

struct CsvCell {
  Cells cells;

  std::string operator()(int64_t value) const { return absl::StrCat(value); }
  std::string operator()(double value) const { return CsvNumber(value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::string& value) const { return CsvText(Cell(value, cells)); }
  std::string operator()(std::monostate) const { return ""; }
};

struct JsonCell {
  template <typename Value>
  nlohmann::ordered_json operator()(const Value& value) const {
    return value;
  }
  nlohmann::ordered_json operator()(std::monostate) const { return nullptr; }
};

class LineWriter : public TableWriter {
 public:
  explicit LineWriter(const std::filesystem::path& path)
      : path_(path), out_(path, std::ios::binary) {}

  absl::Status Finish() override {
    out_.close();
    return out_ ? absl::OkStatus() : CannotWriteFile(path_);
  }

  void WriteBytes(std::string_view bytes) { out_ << bytes; }

  absl::Status Write(const std::string& line) {
    out_ << line << '\n';
    return out_ ? absl::OkStatus() : CannotWriteFile(path_);
  }

 private:
  const std::filesystem::path path_;
  std::ofstream out_;
};

class CsvWriter : public LineWriter {
 public:
  CsvWriter(const std::filesystem::path& path, Cells cells) : LineWriter(path), cells_(cells) {}

  void WriteMark() { WriteBytes("\xEF\xBB\xBF"); }

  absl::Status Add(const std::vector<FieldValue>& row) override {
    std::string line;
    for (const FieldValue& value : row) {
      absl::StrAppend(&line, line.empty() && &value == &row.front() ? "" : ",",
                      std::visit(CsvCell{cells_}, value));
    }
    return Write(line);
  }

 private:
  const Cells cells_;
};

class JsonlWriter : public LineWriter {
 public:
  JsonlWriter(const std::filesystem::path& path, const std::vector<Field>& fields)
      : LineWriter(path), fields_(fields) {}

  absl::Status Add(const std::vector<FieldValue>& row) override {
    nlohmann::ordered_json object;
    for (size_t i = 0; i < fields_.size(); ++i) {
      object[fields_[i].name] = std::visit(JsonCell(), row[i]);
    }
    return Write(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }

 private:
  const std::vector<Field> fields_;
};

}  // namespace

absl::Status CannotWriteFile(const std::filesystem::path& path) {
  return FailedPrecondition(kPhrases.disk_full, Visible(path.filename().string()));
}

absl::StatusOr<std::unique_ptr<TableWriter>> CreateCsvWriter(const std::filesystem::path& path,
                                                             const std::vector<Field>& fields,
                                                             const CsvForm& form) {
  auto writer = std::make_unique<CsvWriter>(path, form.cells);
  if (form.mark == ByteOrderMark::kUtf8) writer->WriteMark();
  std::vector<FieldValue> heading;
  heading.reserve(fields.size());
  for (const Field& field : fields) heading.emplace_back(field.name);
  RETURN_IF_ERROR(writer->Add(heading));
  return writer;
}

absl::StatusOr<std::unique_ptr<TableWriter>> CreateJsonlWriter(const std::filesystem::path& path,
                                                               const std::vector<Field>& fields) {
  return std::make_unique<JsonlWriter>(path, fields);
}

}  // namespace electra::client

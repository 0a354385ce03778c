// Flat tables, a file each, for the formats that know nothing else.
//
// Not thread-safe. Ownership: a writer owns its file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/safe_text.h"

namespace electra::client {

enum class FieldType { kInteger, kNumber, kBoolean, kText };

struct Field {
  std::string name;
  FieldType type;
  bool is_optional = false;  // a row may have no value of it
};

// In the order of FieldType, then no value. Text is UTF-8. A number may be NaN or infinite.
using FieldValue = std::variant<int64_t, double, bool, std::string, std::monostate>;

class TableWriter {
 public:
  virtual ~TableWriter() = default;
  // A value for each field, of its type; none only where the field is optional.
  virtual absl::Status Add(const std::vector<FieldValue>& row) = 0;
  virtual absl::Status Finish() = 0;
};

// At the beginning of a file: Excel takes one without it for the system's code page, as CP949.
enum class ByteOrderMark { kNone, kUtf8 };

struct CsvForm {
  Cells cells = Cells::kSafe;
  ByteOrderMark mark = ByteOrderMark::kNone;
};

// RFC 4180 with a heading; lines end with LF, truth is true or false, what is no finite number is
// NaN, inf or -inf, and no value is an empty cell. Text is written as `form.cells` says, numbers are
// as they are.
absl::StatusOr<std::unique_ptr<TableWriter>> CreateCsvWriter(const std::filesystem::path& path,
                                                             const std::vector<Field>& fields,
                                                             const CsvForm& form);
// An object a line; what is no finite number, and no value, is null.
absl::StatusOr<std::unique_ptr<TableWriter>> CreateJsonlWriter(const std::filesystem::path& path,
                                                               const std::vector<Field>& fields);

// An error for a file that could not be written.
absl::Status CannotWriteFile(const std::filesystem::path& path);

}  // namespace electra::client

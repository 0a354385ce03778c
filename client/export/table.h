// Flat tables, one file each, for formats without nested data.
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
  bool is_optional = false;  // a row may lack it
};

// In the order of FieldType, then no value. Text is UTF-8. A number may be NaN or infinite.
using FieldValue = std::variant<int64_t, double, bool, std::string, std::monostate>;

class TableWriter {
 public:
  virtual ~TableWriter() = default;
  // A value of the right type for each field; std::monostate only where the field is optional.
  virtual absl::Status Add(const std::vector<FieldValue>& row) = 0;
  virtual absl::Status Finish() = 0;
};

// At the beginning of a file: without it, Excel assumes the system's code page, such as CP949.
enum class ByteOrderMark { kNone, kUtf8 };

struct CsvForm {
  Cells cells = Cells::kSafe;
  ByteOrderMark mark = ByteOrderMark::kNone;
};

// RFC 4180 with a heading; lines end with LF, a bool is true or false, a number that is not finite
// is NaN, inf or -inf, and a missing value is an empty cell. `form.cells` decides how text is
// written; numbers are unchanged.
absl::StatusOr<std::unique_ptr<TableWriter>> CreateCsvWriter(const std::filesystem::path& path,
                                                             const std::vector<Field>& fields,
                                                             const CsvForm& form);
// One object per line; a number that is not finite and a missing value are null.
absl::StatusOr<std::unique_ptr<TableWriter>> CreateJsonlWriter(const std::filesystem::path& path,
                                                               const std::vector<Field>& fields);

// An error for a file that could not be written.
absl::Status CannotWriteFile(const std::filesystem::path& path);

}  // namespace electra::client

// Apache Parquet, as much of it as flat tables need: Debian 12 has no library for it.
//
// By the format's specification (apache/parquet-format): required and optional columns of INT64,
// DOUBLE, BOOLEAN and UTF-8 BYTE_ARRAY, PLAIN-encoded and uncompressed, a data page (version 1) for
// each column of a row group, metadata in Thrift's compact protocol. Memory holds one row group at
// most.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/export/table.h"

namespace electra::client {

class ParquetWriter : public TableWriter {
 public:
  ParquetWriter(const std::filesystem::path& path, std::vector<Field> fields);

  absl::Status Add(const std::vector<FieldValue>& row) override;
  absl::Status Finish() override;

 private:
  // Neighbouring rows that all have a value, or all lack it.
  struct Run {
    bool has_value = false;
    int64_t rows = 0;
  };
  // One column of the current row group, with the values as in its page.
  struct Column {
    std::string bytes;
    int bits = 0;           // of the last byte, of BOOLEAN columns
    std::vector<Run> runs;  // of an optional column
  };
  struct Chunk {
    int64_t offset = 0;  // of the page header in the file
    int64_t size = 0;    // header and values
  };
  struct RowGroup {
    int64_t rows = 0;
    std::vector<Chunk> chunks;
  };

  static std::string DefinitionLevels(const std::vector<Run>& runs);

  absl::Status Flush();
  absl::Status Write(const std::string& bytes);
  std::string Footer() const;

  const std::filesystem::path path_;
  const std::vector<Field> fields_;
  std::ofstream out_;
  int64_t written_ = 0;
  std::vector<Column> columns_;
  int64_t rows_ = 0;          // in columns_
  int64_t column_bytes_ = 0;  // in columns_
  std::vector<RowGroup> row_groups_;
};

absl::StatusOr<std::unique_ptr<TableWriter>> CreateParquetWriter(const std::filesystem::path& path,
                                                                 const std::vector<Field>& fields);

}  // namespace electra::client

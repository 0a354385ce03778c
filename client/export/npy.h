// NumPy's file format (version 1.0) for a matrix of float32, row by row.
//
//   absl::StatusOr<NpyWriter> writer = NpyWriter::Create(path, rows, columns);
//   writer->AddRow(values); ...
//   absl::Status status = writer->Finish();
//
// Not thread-safe. Ownership: owns the stream.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra::client {

class NpyWriter {
 public:
  static absl::StatusOr<NpyWriter> Create(const std::filesystem::path& path, int64_t rows,
                                          int64_t columns);

  // `values`: one for each column. After the last row only Finish() may follow.
  absl::Status AddRow(std::span<const float> values);
  // DataLoss where rows are missing.
  absl::Status Finish();

 private:
  NpyWriter(std::ofstream out, int64_t rows, int64_t columns)
      : out_(std::move(out)), rows_left_(rows), columns_(columns) {}

  std::ofstream out_;
  int64_t rows_left_;
  int64_t columns_;
};

}  // namespace electra::client

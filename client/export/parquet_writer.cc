#include "client/export/parquet_writer.h"

#include <bit>
#include <cstring>

#include "absl/status/statusor.h"
#include "client/export/thrift_compact.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

constexpr char kMagic[] = "PAR1";
// The size of a row group: readers like it, and it bounds the memory.
constexpr int64_t kRowsOfGroup = 100'000;
constexpr int64_t kBytesOfGroup = int64_t{32} << 20;

// Numbers of the specification's enumerations.
constexpr int64_t kRequired = 0;      // FieldRepetitionType
constexpr int64_t kOptional = 1;      // FieldRepetitionType
constexpr int64_t kUtf8 = 0;          // ConvertedType
constexpr int64_t kPlain = 0;         // Encoding
constexpr int64_t kRle = 3;           // Encoding
constexpr int64_t kUncompressed = 0;  // CompressionCodec
constexpr int64_t kDataPage = 0;      // PageType
int64_t TypeNumber(FieldType type) {
  switch (type) {
    case FieldType::kBoolean:
      return 0;
    case FieldType::kInteger:
      return 2;  // INT64
    case FieldType::kNumber:
      return 5;  // DOUBLE
    case FieldType::kText:
      return 6;  // BYTE_ARRAY
  }
  return 6;
}

template <typename Number>
void AppendBytes(Number number, std::string* out) {
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &number, sizeof(Number));
  out->append(bytes, sizeof(Number));
}

std::string PageHeader(int64_t rows, int64_t size) {
  ThriftStruct data_page;
  data_page.Integer(1, ThriftType::kI32, rows)
      .Integer(2, ThriftType::kI32, kPlain)
      .Integer(3, ThriftType::kI32, kRle)
      .Integer(4, ThriftType::kI32, kRle);
  ThriftStruct page;
  page.Integer(1, ThriftType::kI32, kDataPage)
      .Integer(2, ThriftType::kI32, size)
      .Integer(3, ThriftType::kI32, size)
      .Struct(5, data_page.Finish());
  return page.Finish();
}

std::string SchemaRoot(size_t columns) {
  ThriftStruct root;
  root.Binary(4, "schema").Integer(5, ThriftType::kI32, static_cast<int64_t>(columns));
  return root.Finish();
}

std::string SchemaColumn(const Field& field) {
  ThriftStruct column;
  column.Integer(1, ThriftType::kI32, TypeNumber(field.type))
      .Integer(3, ThriftType::kI32, field.is_optional ? kOptional : kRequired)
      .Binary(4, field.name);
  if (field.type == FieldType::kText) column.Integer(6, ThriftType::kI32, kUtf8);
  return column.Finish();
}

}  // namespace

ParquetWriter::ParquetWriter(const std::filesystem::path& path, std::vector<Field> fields)
    : path_(path),
      fields_(std::move(fields)),
      out_(path, std::ios::binary),
      columns_(fields_.size()) {}

// Which rows have a value, as levels of one bit in the format's run-length encoding: for each run,
// its length, doubled, in groups of 7 bits, then its level. The total length comes first.
std::string ParquetWriter::DefinitionLevels(const std::vector<Run>& runs) {
  std::string levels;
  for (const Run& run : runs) {
    auto header = static_cast<uint64_t>(run.rows) << 1;
    for (; header >= 0x80; header >>= 7) levels += static_cast<char>((header & 0x7F) | 0x80);
    levels += static_cast<char>(header);
    levels += run.has_value ? '\1' : '\0';
  }
  std::string all;
  AppendBytes(static_cast<uint32_t>(levels.size()), &all);
  return all + levels;
}

absl::Status ParquetWriter::Write(const std::string& bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  written_ += static_cast<int64_t>(bytes.size());
  return out_ ? absl::OkStatus() : CannotWriteFile(path_);
}

absl::Status ParquetWriter::Add(const std::vector<FieldValue>& row) {
  for (size_t i = 0; i < fields_.size(); ++i) {
    Column& column = columns_[i];
    const size_t before = column.bytes.size();
    const bool has_value = !std::holds_alternative<std::monostate>(row[i]);
    if (fields_[i].is_optional) {
      if (column.runs.empty() || column.runs.back().has_value != has_value) {
        column.runs.push_back({.has_value = has_value});
      }
      ++column.runs.back().rows;
    }
    if (!has_value) continue;
    if (const auto* integer = std::get_if<int64_t>(&row[i])) {
      AppendBytes(*integer, &column.bytes);
    } else if (const auto* number = std::get_if<double>(&row[i])) {
      AppendBytes(*number, &column.bytes);
    } else if (const auto* truth = std::get_if<bool>(&row[i])) {
      if (column.bits % 8 == 0) column.bytes += '\0';
      column.bytes.back() |= static_cast<char>((*truth ? 1 : 0) << (column.bits++ % 8));
    } else {
      const auto& text = std::get<std::string>(row[i]);
      AppendBytes(static_cast<uint32_t>(text.size()), &column.bytes);
      column.bytes += text;
    }
    column_bytes_ += static_cast<int64_t>(column.bytes.size() - before);
  }
  ++rows_;
  if (rows_ < kRowsOfGroup && column_bytes_ < kBytesOfGroup) return absl::OkStatus();
  return Flush();
}

absl::Status ParquetWriter::Flush() {
  if (written_ == 0) {
    RETURN_IF_ERROR(Write(kMagic));
  }
  if (rows_ == 0) return absl::OkStatus();
  RowGroup group{.rows = rows_, .chunks = {}};
  for (Column& column : columns_) {
    const int64_t offset = written_;
    if (!column.runs.empty()) column.bytes.insert(0, DefinitionLevels(column.runs));
    RETURN_IF_ERROR(Write(PageHeader(rows_, static_cast<int64_t>(column.bytes.size()))));
    RETURN_IF_ERROR(Write(column.bytes));
    group.chunks.push_back({.offset = offset, .size = written_ - offset});
    column = {};
  }
  row_groups_.push_back(std::move(group));
  rows_ = 0;
  column_bytes_ = 0;
  return absl::OkStatus();
}

std::string ParquetWriter::Footer() const {
  std::vector<std::string> schema = {SchemaRoot(fields_.size())};
  for (const Field& field : fields_) schema.push_back(SchemaColumn(field));
  std::vector<std::string> groups;
  int64_t all_rows = 0;
  for (const RowGroup& group : row_groups_) {
    std::vector<std::string> chunks;
    int64_t size = 0;
    for (size_t i = 0; i < fields_.size(); ++i) {
      const Chunk& chunk = group.chunks[i];
      ThriftStruct metadata;
      metadata.Integer(1, ThriftType::kI32, TypeNumber(fields_[i].type))
          .List(2, ThriftType::kI32, {ThriftInteger(kPlain), ThriftInteger(kRle)})
          .List(3, ThriftType::kBinary, {ThriftBinary(fields_[i].name)})
          .Integer(4, ThriftType::kI32, kUncompressed)
          .Integer(5, ThriftType::kI64, group.rows)
          .Integer(6, ThriftType::kI64, chunk.size)
          .Integer(7, ThriftType::kI64, chunk.size)
          .Integer(9, ThriftType::kI64, chunk.offset);
      ThriftStruct column;
      column.Integer(2, ThriftType::kI64, chunk.offset).Struct(3, metadata.Finish());
      chunks.push_back(column.Finish());
      size += chunk.size;
    }
    ThriftStruct row_group;
    row_group.List(1, ThriftType::kStruct, chunks)
        .Integer(2, ThriftType::kI64, size)
        .Integer(3, ThriftType::kI64, group.rows);
    groups.push_back(row_group.Finish());
    all_rows += group.rows;
  }
  ThriftStruct file;
  file.Integer(1, ThriftType::kI32, 1)
      .List(2, ThriftType::kStruct, schema)
      .Integer(3, ThriftType::kI64, all_rows)
      .List(4, ThriftType::kStruct, groups)
      .Binary(6, "electra");
  return file.Finish();
}

absl::Status ParquetWriter::Finish() {
  RETURN_IF_ERROR(Flush());
  std::string end = Footer();
  AppendBytes(static_cast<uint32_t>(end.size()), &end);
  end += kMagic;
  RETURN_IF_ERROR(Write(end));
  out_.close();
  return out_ ? absl::OkStatus() : CannotWriteFile(path_);
}

absl::StatusOr<std::unique_ptr<TableWriter>> CreateParquetWriter(const std::filesystem::path& path,
                                                                 const std::vector<Field>& fields) {
  return std::make_unique<ParquetWriter>(path, fields);
}

}  // namespace electra::client

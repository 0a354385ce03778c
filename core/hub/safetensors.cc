#include "core/hub/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/tensor_check.h"

namespace electra {
namespace {

using nlohmann::json;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeader = 100'000'000;
constexpr std::string_view kMetadataKey = "__metadata__";

struct Header {
  std::string_view text;
  std::span<const std::byte> data;  // what the offsets count from
};

absl::StatusOr<Header> SplitHeader(std::span<const std::byte> bytes) {
  if (bytes.size() < kLengthBytes) {
    return DataLossError("SAFETENSORS_TOO_SHORT",
                         "has {size} bytes, too few for a safetensors header", bytes.size());
  }
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kMaxHeader) {
    return InvalidArgumentError("SAFETENSORS_HEADER_TOO_LARGE",
                                "says that its header has {size} bytes; at most {limit} are "
                                "allowed (is it a safetensors file?)",
                                length, kMaxHeader);
  }
  if (length > bytes.size() - kLengthBytes) {
    return DataLossError("SAFETENSORS_HEADER_CUT",
                         "says that its header has {size} bytes, but only {left} follow (is the "
                         "file cut short?)",
                         length, bytes.size() - kLengthBytes);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes,
                              static_cast<size_t>(length));
  if (text.empty() || text.front() != '{') {
    return InvalidArgumentError("SAFETENSORS_HEADER_START",
                                "the header does not start with {brace}", "'{'");
  }
  return Header{text, bytes.subspan(kLengthBytes + static_cast<size_t>(length))};
}

absl::StatusOr<std::map<std::string, std::string>> ParseMetadata(const json& value) {
  if (!value.is_object()) {
    return InvalidArgumentError("SAFETENSORS_METADATA", "__metadata__ is {value}, not an object",
                                JsonExcerpt(value));
  }
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) {
      return InvalidArgumentError("SAFETENSORS_METADATA_VALUE",
                                  "metadata {key} is {value}, not a string", JsonExcerpt(key),
                                  JsonExcerpt(text));
    }
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

// The sizes of a shape, or the two data_offsets; the error names the tensor.
absl::StatusOr<std::vector<int64_t>> ParseSizes(const std::string& tensor, const char* field,
                                                const json& value, size_t max_count) {
  if (!value.is_array() || value.size() > max_count) {
    return InvalidArgumentError(
        "TENSOR_SIZES",
        "tensor {tensor} has {field} {value}, not a list of at most {limit} numbers",
        JsonExcerpt(tensor), field, JsonExcerpt(value), max_count);
  }
  std::vector<int64_t> sizes;
  for (const json& item : value) {
    const std::optional<int64_t> size = JsonInteger(item);
    if (!size.has_value() || *size < 0) {
      return InvalidArgumentError(
          "TENSOR_SIZE", "tensor {tensor} has {field} {value}, where {item} is not a size",
          JsonExcerpt(tensor), field, JsonExcerpt(value), JsonExcerpt(item));
    }
    sizes.push_back(*size);
  }
  return sizes;
}

struct Entry {
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string name;
};

// Parses one tensor of the header, whose name `entry` has.
absl::Status ParseEntry(const json& value, std::span<const std::byte> data, Entry* entry,
                        TensorView* view) {
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    return InvalidArgumentError(
        "TENSOR_INCOMPLETE", "tensor {tensor} is not an object with dtype, shape and data_offsets",
        JsonExcerpt(entry->name));
  }
  const json& dtype = value["dtype"];
  const std::optional<DType> parsed =
      dtype.is_string() ? ParseDType(dtype.get_ref<const std::string&>()) : std::nullopt;
  if (!parsed.has_value()) {
    return InvalidArgumentError("TENSOR_DTYPE",
                                "tensor {tensor} has dtype {dtype}; known are F64, F32, F16, BF16, "
                                "I64, I32, I16, I8, U8 and BOOL",
                                JsonExcerpt(entry->name), JsonExcerpt(dtype));
  }
  view->dtype = *parsed;
  ASSIGN_OR_RETURN(view->shape, ParseSizes(entry->name, "shape", value["shape"], kMaxRank));
  const absl::StatusOr<int64_t> bytes = ByteCount(view->dtype, view->shape);
  if (!bytes.ok()) return TensorError(entry->name, bytes.status());

  ASSIGN_OR_RETURN(const std::vector<int64_t> offsets,
                   ParseSizes(entry->name, "data_offsets", value["data_offsets"], 2));
  if (offsets.size() != 2) {
    return InvalidArgumentError("TENSOR_OFFSETS",
                                "tensor {tensor} has data_offsets {value}, not two numbers",
                                JsonExcerpt(entry->name), JsonExcerpt(value["data_offsets"]));
  }
  entry->begin = static_cast<uint64_t>(offsets[0]);
  entry->end = static_cast<uint64_t>(offsets[1]);
  if (entry->begin > entry->end || entry->end > data.size()) {
    return DataLossError("TENSOR_OUTSIDE_DATA",
                         "tensor {tensor} lies at bytes {begin} to {end} of the data, which has "
                         "{size} bytes",
                         JsonExcerpt(entry->name), entry->begin, entry->end, data.size());
  }
  if (entry->end - entry->begin != static_cast<uint64_t>(*bytes)) {
    return InvalidArgumentError(
        "TENSOR_BYTES",
        "tensor {tensor} has {size} bytes, but shape {shape} of {dtype} needs {needed}",
        JsonExcerpt(entry->name), entry->end - entry->begin, ShapeString(view->shape),
        DTypeName(view->dtype), *bytes);
  }
  view->data = data.subspan(entry->begin, entry->end - entry->begin);
  return absl::OkStatus();
}

// The tensors must lie one after the other and fill the data.
absl::Status CheckLayout(std::vector<Entry> entries, uint64_t data_size) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t end = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < end) {
      return InvalidArgumentError("TENSORS_OVERLAP",
                                  "tensor {tensor} starts at byte {begin} of the data, inside the "
                                  "tensor before it, which ends at {end}",
                                  JsonExcerpt(entry.name), entry.begin, end);
    }
    if (entry.begin > end) {
      return InvalidArgumentError(
          "HOLE_BETWEEN_TENSORS",
          "tensor {tensor} starts at byte {begin} of the data, after a hole "
          "that starts at {end}",
          JsonExcerpt(entry.name), entry.begin, end);
    }
    end = entry.end;
  }
  if (end != data_size) {
    return InvalidArgumentError("DATA_AFTER_TENSORS",
                                "the tensors end at byte {end} of the data, which has {size} bytes",
                                end, data_size);
  }
  return absl::OkStatus();
}

struct Contents {
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;
};

absl::StatusOr<Contents> Parse(std::span<const std::byte> bytes) {
  ASSIGN_OR_RETURN(Header header, SplitHeader(bytes));
  ASSIGN_OR_RETURN(json root, ParseJson(header.text, Message("SAFETENSORS_HEADER", "the header"),
                                        {.max_depth = 4, .max_values = 2'000'000}));
  Contents contents;
  std::vector<Entry> entries;
  for (const auto& [name, value] : root.items()) {
    if (name == kMetadataKey) {
      ASSIGN_OR_RETURN(contents.metadata, ParseMetadata(value));
      continue;
    }
    Entry entry{.name = name};
    RETURN_IF_ERROR(ParseEntry(value, header.data, &entry, &contents.tensors[name]));
    entries.push_back(std::move(entry));
  }
  RETURN_IF_ERROR(CheckLayout(std::move(entries), header.data.size()));
  return contents;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SafetensorsFile>> SafetensorsFile::Open(const std::string& path) {
  ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  return FromMapped(std::move(file));
}

absl::StatusOr<std::unique_ptr<SafetensorsFile>> SafetensorsFile::FromMapped(
    std::shared_ptr<const MappedFile> file) {
  absl::StatusOr<Contents> contents = Parse(file->bytes());
  if (!contents.ok()) return Within(file->path(), contents.status());
  return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(
      std::move(file), std::move(contents->tensors), std::move(contents->metadata)));
}

}  // namespace electra

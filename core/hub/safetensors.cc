#include "core/hub/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/json.h"
#include "core/base/status_macros.h"

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

absl::StatusOr<Header> SplitHeader(const MappedFile& file) {
  const std::span<const std::byte> bytes = file.bytes();
  if (bytes.size() < kLengthBytes) {
    return absl::DataLossError(absl::StrCat(file.path(), ": has ", bytes.size(),
                                            " bytes, too few for a safetensors header"));
  }
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kMaxHeader) {
    return absl::InvalidArgumentError(absl::StrCat(file.path(), ": says that its header has ",
                                                   length, " bytes; at most ", kMaxHeader,
                                                   " are allowed (is it a safetensors file?)"));
  }
  if (length > bytes.size() - kLengthBytes) {
    return absl::DataLossError(absl::StrCat(file.path(), ": says that its header has ", length,
                                            " bytes, but only ", bytes.size() - kLengthBytes,
                                            " follow (is the file cut short?)"));
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes,
                              static_cast<size_t>(length));
  if (text.empty() || text.front() != '{') {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path(), ": the header does not start with '{'"));
  }
  return Header{text, bytes.subspan(kLengthBytes + static_cast<size_t>(length))};
}

absl::StatusOr<std::map<std::string, std::string>> ParseMetadata(const json& value,
                                                                 const std::string& path) {
  std::map<std::string, std::string> metadata;
  if (value.is_object()) {
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) {
        return absl::InvalidArgumentError(absl::StrCat(
            path, ": metadata ", JsonExcerpt(key), " is ", JsonExcerpt(text), ", not a string"));
      }
      metadata[key] = text.get<std::string>();
    }
    return metadata;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": __metadata__ is ", JsonExcerpt(value), ", not an object"));
}

absl::StatusOr<std::vector<int64_t>> ParseSizes(const json& value, size_t max_count) {
  if (!value.is_array() || value.size() > max_count) {
    return absl::InvalidArgumentError(
        absl::StrCat(JsonExcerpt(value), ", not a list of at most ", max_count, " numbers"));
  }
  std::vector<int64_t> sizes;
  for (const json& item : value) {
    const std::optional<int64_t> size = JsonInteger(item);
    if (!size.has_value() || *size < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(JsonExcerpt(value), ", where ", JsonExcerpt(item), " is not a size"));
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

// Parses one tensor of the header; errors come without the file's and the tensor's name.
absl::Status ParseEntry(const json& value, std::span<const std::byte> data, Entry* entry,
                        TensorView* view) {
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    return absl::InvalidArgumentError("is not an object with dtype, shape and data_offsets");
  }
  const json& dtype = value["dtype"];
  const std::optional<DType> parsed =
      dtype.is_string() ? ParseDType(dtype.get_ref<const std::string&>()) : std::nullopt;
  if (!parsed.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has dtype ", JsonExcerpt(dtype),
                     "; known are F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL"));
  }
  view->dtype = *parsed;
  absl::StatusOr<std::vector<int64_t>> shape = ParseSizes(value["shape"], kMaxRank);
  if (!shape.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has shape ", std::string(shape.status().message())));
  }
  view->shape = *std::move(shape);
  ASSIGN_OR_RETURN(int64_t bytes, ByteCount(view->dtype, view->shape));

  absl::StatusOr<std::vector<int64_t>> offsets = ParseSizes(value["data_offsets"], 2);
  if (!offsets.ok() || offsets->size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("has data_offsets ", JsonExcerpt(value["data_offsets"])));
  }
  entry->begin = static_cast<uint64_t>((*offsets)[0]);
  entry->end = static_cast<uint64_t>((*offsets)[1]);
  if (entry->begin > entry->end || entry->end > data.size()) {
    return absl::DataLossError(absl::StrCat("lies at bytes ", entry->begin, " to ", entry->end,
                                            " of the data, which has ", data.size(), " bytes"));
  }
  if (entry->end - entry->begin != static_cast<uint64_t>(bytes)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "has ", entry->end - entry->begin, " bytes, but shape ", ShapeString(view->shape), " of ",
        std::string(DTypeName(view->dtype)), " needs ", bytes));
  }
  view->data = data.subspan(entry->begin, entry->end - entry->begin);
  return absl::OkStatus();
}

// The tensors must lie one after the other and fill the data.
absl::Status CheckLayout(std::vector<Entry> entries, uint64_t data_size, const std::string& path) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t end = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != end) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": tensor ", JsonExcerpt(entry.name), " starts at byte ", entry.begin,
                       " of the data, ",
                       entry.begin < end ? "inside the tensor before it, which ends at "
                                         : "after a hole that starts at ",
                       end));
    }
    end = entry.end;
  }
  if (end != data_size) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": the tensors end at byte ", end, " of the data, which has ", data_size, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SafetensorsFile>> SafetensorsFile::Open(const std::string& path) {
  ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  return FromMapped(std::move(file));
}

absl::StatusOr<std::unique_ptr<SafetensorsFile>> SafetensorsFile::FromMapped(
    std::shared_ptr<const MappedFile> file) {
  const std::string& path = file->path();
  ASSIGN_OR_RETURN(Header header, SplitHeader(*file));
  ASSIGN_OR_RETURN(json root, ParseJson(header.text, absl::StrCat(path, ": the header"),
                                        {.max_depth = 4, .max_values = 2'000'000}));
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;
  std::vector<Entry> entries;
  for (const auto& [name, value] : root.items()) {
    if (name == kMetadataKey) {
      ASSIGN_OR_RETURN(metadata, ParseMetadata(value, path));
      continue;
    }
    Entry entry{.name = name};
    TensorView view;
    if (absl::Status status = ParseEntry(value, header.data, &entry, &view); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat(path, ": tensor ", JsonExcerpt(name), " ",
                                                      std::string(status.message())));
    }
    entries.push_back(std::move(entry));
    tensors.emplace(name, std::move(view));
  }
  RETURN_IF_ERROR(CheckLayout(std::move(entries), header.data.size(), path));
  return std::unique_ptr<SafetensorsFile>(
      new SafetensorsFile(std::move(file), std::move(tensors), std::move(metadata)));
}

}  // namespace electra

#include "core/hub/safetensors_write.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

using nlohmann::json;

constexpr size_t kChunk = size_t{1} << 16;  // elements converted at a time

// A JSON string of a name; InvalidArgument when it is not UTF-8.
absl::StatusOr<std::string> JsonString(const std::string& text) {
  try {
    return json(text).dump();
  } catch (const json::exception&) {
    return InvalidArgumentError("SAVED_NAME_NOT_UTF8",
                                "tensor or metadata name {name} is not UTF-8", JsonExcerpt(text));
  }
}

DType WrittenType(const TensorView& view, const SafetensorsWriteOptions& options) {
  return options.convert_float_to.has_value() && IsFloatingPoint(view.dtype)
             ? *options.convert_float_to
             : view.dtype;
}

absl::StatusOr<std::string> BuildHeader(std::span<const NamedTensor> tensors,
                                        const std::map<std::string, std::string>& metadata,
                                        const SafetensorsWriteOptions& options) {
  std::vector<std::string> members;
  if (!metadata.empty()) {
    std::string pairs;
    for (const auto& [key, value] : metadata) {
      ASSIGN_OR_RETURN(std::string quoted_key, JsonString(key));
      ASSIGN_OR_RETURN(std::string quoted_value, JsonString(value));
      absl::StrAppend(&pairs, pairs.empty() ? "" : ",", quoted_key, ":", quoted_value);
    }
    members.push_back(absl::StrCat("\"__metadata__\":{", pairs, "}"));
  }
  std::set<std::string> seen = {"__metadata__"};
  int64_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    ASSIGN_OR_RETURN(std::string name, JsonString(tensor.name));
    if (!seen.insert(tensor.name).second) {
      return InvalidArgumentError("SAVED_TENSOR_TWICE",
                                  "tensor {tensor} is there twice, or has a reserved name", name);
    }
    ASSIGN_OR_RETURN(int64_t held, ByteCount(tensor.view.dtype, tensor.view.shape));
    if (tensor.view.data.size() != static_cast<uint64_t>(held)) {
      return InvalidArgumentError(
          "SAVED_TENSOR_BYTES",
          "tensor {tensor} has {size} bytes, but shape {shape} needs {needed}", name,
          tensor.view.data.size(), ShapeString(tensor.view.shape), held);
    }
    const DType dtype = WrittenType(tensor.view, options);
    ASSIGN_OR_RETURN(int64_t bytes, ByteCount(dtype, tensor.view.shape));
    int64_t end = 0;
    if (__builtin_add_overflow(offset, bytes, &end)) {
      return InvalidArgumentError("SAVED_TENSORS_TOO_LARGE",
                                  "the tensors together are too large for 64 bits");
    }
    members.push_back(absl::StrCat(name, ":", R"({"dtype":")", std::string(DTypeName(dtype)),
                                   R"(","shape":)", json(tensor.view.shape).dump(),
                                   R"(,"data_offsets":[)", offset, ",", end, "]}"));
    offset = end;
  }
  std::string header = "{";
  for (size_t i = 0; i < members.size(); ++i) {
    absl::StrAppend(&header, i == 0 ? "" : ",", members[i]);
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  return header;
}

// A part of a tensor, whose elements are `count` from `first` on.
TensorView Slice(const TensorView& view, size_t first, size_t count) {
  const auto size = static_cast<size_t>(DTypeSize(view.dtype));
  return {.dtype = view.dtype,
          .shape = {static_cast<int64_t>(count)},
          .data = view.data.subspan(first * size, count * size)};
}

absl::Status WriteConverted(const TensorView& view, DType dtype, FileWriter* writer) {
  const size_t total = view.data.size() / static_cast<size_t>(DTypeSize(view.dtype));
  std::vector<float> values;
  std::vector<uint16_t> halves;
  for (size_t first = 0; first < total; first += kChunk) {
    const size_t count = std::min(kChunk, total - first);
    values.resize(count);
    RETURN_IF_ERROR(ToFloat32(Slice(view, first, count), values));
    if (dtype == DType::kFloat32) {
      RETURN_IF_ERROR(writer->Write(std::as_bytes(std::span(values))));
      continue;
    }
    halves.resize(count);
    std::transform(values.begin(), values.end(), halves.begin(),
                   dtype == DType::kBFloat16 ? FloatToBFloat16 : FloatToFloat16);
    RETURN_IF_ERROR(writer->Write(std::as_bytes(std::span(halves))));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteSafetensors(const std::string& path, std::span<const NamedTensor> tensors,
                              const std::map<std::string, std::string>& metadata,
                              const SafetensorsWriteOptions& options) {
  if (options.convert_float_to.has_value() && *options.convert_float_to != DType::kFloat32 &&
      *options.convert_float_to != DType::kBFloat16 &&
      *options.convert_float_to != DType::kFloat16) {
    return InvalidArgumentError(
        "SAVED_TYPE", "tensors can be written as float32, bfloat16 or float16, not as {type}",
        TorchDTypeName(*options.convert_float_to));
  }
  ASSIGN_OR_RETURN(std::string header, BuildHeader(tensors, metadata, options));
  ASSIGN_OR_RETURN(FileWriter writer, FileWriter::Create(path));
  const auto length = static_cast<uint64_t>(header.size());
  RETURN_IF_ERROR(writer.Write(std::as_bytes(std::span(&length, 1))));
  RETURN_IF_ERROR(writer.Write(header));
  for (const NamedTensor& tensor : tensors) {
    const DType dtype = WrittenType(tensor.view, options);
    RETURN_IF_ERROR(dtype == tensor.view.dtype ? writer.Write(tensor.view.data)
                                               : WriteConverted(tensor.view, dtype, &writer));
  }
  return writer.Finish();
}

}  // namespace electra

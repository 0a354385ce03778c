#include "core/hub/tensor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

static_assert(std::endian::native == std::endian::little,
              "tensor files are little-endian and are read in place");

struct DTypeInfo {
  DType dtype;
  int64_t size;
  std::string_view name;
  std::string_view torch_name;
};

constexpr std::array<DTypeInfo, 10> kDTypes = {{
    {DType::kFloat32, 4, "F32", "float32"},
    {DType::kFloat16, 2, "F16", "float16"},
    {DType::kBFloat16, 2, "BF16", "bfloat16"},
    {DType::kFloat64, 8, "F64", "float64"},
    {DType::kInt64, 8, "I64", "int64"},
    {DType::kInt32, 4, "I32", "int32"},
    {DType::kInt16, 2, "I16", "int16"},
    {DType::kInt8, 1, "I8", "int8"},
    {DType::kUint8, 1, "U8", "uint8"},
    {DType::kBool, 1, "BOOL", "bool"},
}};

const DTypeInfo& Info(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }

template <typename Source, typename Convert>
void ConvertAll(std::span<const std::byte> data, std::span<float> out, Convert convert) {
  for (size_t i = 0; i < out.size(); ++i) {
    Source source;
    std::memcpy(&source, data.data() + i * sizeof(Source), sizeof(Source));
    out[i] = convert(source);
  }
}

// The first element that is not finite. A block is checked without branches before it is searched.
template <typename Source, typename IsFinite>
std::optional<int64_t> FindFirstNot(std::span<const std::byte> data, IsFinite is_finite) {
  constexpr size_t kBlock = 4096;
  const auto at = [&](size_t i) {
    Source source;
    std::memcpy(&source, data.data() + i * sizeof(Source), sizeof(Source));
    return is_finite(source);
  };
  const size_t count = data.size() / sizeof(Source);
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t end = std::min(begin + kBlock, count);
    bool all = true;
    for (size_t i = begin; i < end; ++i) all &= at(i);
    if (all) continue;
    size_t first = begin;
    while (at(first)) ++first;
    return static_cast<int64_t>(first);
  }
  return std::nullopt;
}

// The bytes that the shape needs, which the view must have.
absl::StatusOr<int64_t> CheckedByteCount(const TensorView& view) {
  ASSIGN_OR_RETURN(int64_t bytes, ByteCount(view.dtype, view.shape));
  if (static_cast<uint64_t>(bytes) == view.data.size()) return bytes;
  return InvalidArgumentError("TENSOR_OF_OTHER_BYTES",
                              "a tensor of shape {shape} has {size} bytes, not {needed}",
                              ShapeString(view.shape), view.data.size(), bytes);
}

// All bits of the exponent are set in NaN and the infinities.
template <unsigned kExponent>
constexpr bool IsFiniteBits(unsigned bits) {
  return (bits & kExponent) != kExponent;
}

}  // namespace

int64_t DTypeSize(DType dtype) { return Info(dtype).size; }
std::string_view DTypeName(DType dtype) { return Info(dtype).name; }
std::string_view TorchDTypeName(DType dtype) { return Info(dtype).torch_name; }

std::optional<DType> ParseDType(std::string_view safetensors_name) {
  for (const DTypeInfo& info : kDTypes) {
    if (info.name == safetensors_name) return info.dtype;
  }
  return std::nullopt;
}

bool IsFloatingPoint(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat16 || dtype == DType::kBFloat16 ||
         dtype == DType::kFloat64;
}

absl::StatusOr<int64_t> ElementCount(std::span<const int64_t> shape) {
  int64_t count = 1;
  bool has_zero = false;
  for (int64_t dimension : shape) {
    if (dimension < 0) {
      return InvalidArgumentError("SHAPE_NEGATIVE", "shape {shape} has a negative dimension",
                                  ShapeString(shape));
    }
    if (dimension == 0) {
      has_zero = true;
    } else if (__builtin_mul_overflow(count, dimension, &count)) {
      return InvalidArgumentError("SHAPE_TOO_LARGE",
                                  "shape {shape} has more elements than 64 bits can count",
                                  ShapeString(shape));
    }
  }
  return has_zero ? 0 : count;
}

absl::StatusOr<int64_t> ByteCount(DType dtype, std::span<const int64_t> shape) {
  ASSIGN_OR_RETURN(int64_t count, ElementCount(shape));
  int64_t bytes = 0;
  if (__builtin_mul_overflow(count, DTypeSize(dtype), &bytes)) {
    return InvalidArgumentError("SHAPE_BYTES_TOO_LARGE",
                                "shape {shape} of {dtype} has more bytes than 64 bits can count",
                                ShapeString(shape), DTypeName(dtype));
  }
  return bytes;
}

std::string ShapeString(std::span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape.begin(), shape.end(), ", "), "]");
}

absl::Status ToFloat32(const TensorView& view, std::span<float> out) {
  RETURN_IF_ERROR(CheckedByteCount(view).status());
  if (out.size() * static_cast<uint64_t>(DTypeSize(view.dtype)) != view.data.size()) {
    return InvalidArgumentError("TENSOR_FILLS",
                                "a tensor of shape {shape} does not fill {count} values",
                                ShapeString(view.shape), out.size());
  }
  switch (view.dtype) {
    case DType::kFloat32:
      if (!out.empty()) std::memcpy(out.data(), view.data.data(), view.data.size());
      return absl::OkStatus();
    case DType::kFloat16:
      ConvertAll<uint16_t>(view.data, out, Float16ToFloat);
      return absl::OkStatus();
    case DType::kBFloat16:
      ConvertAll<uint16_t>(view.data, out, BFloat16ToFloat);
      return absl::OkStatus();
    case DType::kFloat64:
      ConvertAll<double>(view.data, out, [](double value) { return static_cast<float>(value); });
      return absl::OkStatus();
    default:
      return InvalidArgumentError("NOT_FLOATING_POINT",
                                  "{dtype} values are not floating-point numbers",
                                  DTypeName(view.dtype));
  }
}

absl::StatusOr<std::vector<float>> ToFloat32(const TensorView& view) {
  ASSIGN_OR_RETURN(const int64_t bytes, CheckedByteCount(view));
  std::vector<float> values(static_cast<size_t>(bytes / DTypeSize(view.dtype)));
  RETURN_IF_ERROR(ToFloat32(view, values));
  return values;
}

std::optional<int64_t> FindNonFinite(const TensorView& view) {
  switch (view.dtype) {
    case DType::kFloat32:
      return FindFirstNot<uint32_t>(view.data,
                                    [](unsigned bits) { return IsFiniteBits<0x7f800000U>(bits); });
    case DType::kFloat16:
      return FindFirstNot<uint16_t>(view.data,
                                    [](unsigned bits) { return IsFiniteBits<0x7c00U>(bits); });
    case DType::kBFloat16:
      return FindFirstNot<uint16_t>(view.data,
                                    [](unsigned bits) { return IsFiniteBits<0x7f80U>(bits); });
    case DType::kFloat64:
      return FindFirstNot<double>(
          view.data, [](double value) { return std::isfinite(static_cast<float>(value)); });
    default:
      return std::nullopt;
  }
}

uint16_t FloatToBFloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) {
    return static_cast<uint16_t>((bits >> 16) | 0x0040U);  // quiet, and never rounded to infinity
  }
  return static_cast<uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

uint16_t FloatToFloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000U;
  const uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) {
    return static_cast<uint16_t>(sign | 0x7e00U | ((magnitude >> 13) & 0x3ffU));
  }
  if (magnitude >= 0x47800000U) return static_cast<uint16_t>(sign | 0x7c00U);  // 2^16 and above
  if (magnitude >= 0x38800000U) {                                              // normal: >= 2^-14
    const uint32_t rebased = magnitude - (112U << 23);
    return static_cast<uint16_t>(sign | ((rebased + 0xfffU + ((rebased >> 13) & 1U)) >> 13));
  }
  if (magnitude < 0x33000000U) return static_cast<uint16_t>(sign);  // below 2^-25
  // Subnormal: the 24-bit significand is shifted down to units of 2^-24.
  const uint32_t shift = 126U - (magnitude >> 23);
  const uint32_t significand = (magnitude & 0x7fffffU) | 0x800000U;
  const uint32_t half = 1U << (shift - 1);
  const uint32_t quotient = significand >> shift;
  const uint32_t remainder = significand & ((1U << shift) - 1U);
  const bool up = remainder > half || (remainder == half && (quotient & 1U) != 0);
  return static_cast<uint16_t>(sign | (quotient + (up ? 1U : 0U)));
}

float BFloat16ToFloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

float Float16ToFloat(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000U) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fU;
  const uint32_t fraction = bits & 0x3ffU;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000U | (fraction << 13));
  if (exponent != 0) {
    return std::bit_cast<float>(sign | ((exponent + 112U) << 23) | (fraction << 13));
  }
  const float magnitude = static_cast<float>(fraction) * 0x1p-24F;  // exact
  return sign != 0 ? -magnitude : magnitude;
}

}  // namespace electra

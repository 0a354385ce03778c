// Tensors as foreign files hold them: a data type, a shape and little-endian bytes, row-major.
//
// Plain data; no function here keeps state, so all of it may be called from any thread. A
// TensorView borrows its bytes; a Tensor also keeps alive what they lie in (a mapped file or a
// buffer), so it may outlive the reader that made it.
//
//   ASSIGN_OR_RETURN(std::vector<float> values, ToFloat32(view));
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra {

enum class DType {
  kFloat32,
  kFloat16,
  kBFloat16,
  kFloat64,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUint8,
  kBool
};

inline constexpr size_t kMaxRank = 64;  // of a shape in a file

struct TensorView {
  DType dtype = DType::kFloat32;
  std::vector<int64_t> shape;       // empty for a scalar
  std::span<const std::byte> data;  // no alignment is promised: read it with memcpy
};

// A view and the owner of its bytes.
struct Tensor {
  TensorView view;
  std::shared_ptr<const void> owner;
};

struct NamedTensor {
  std::string name;
  TensorView view;
};

// Bytes of one element.
int64_t DTypeSize(DType dtype);

// safetensors' name: "F32", "BF16", "I64", "BOOL", ...
std::string_view DTypeName(DType dtype);
std::optional<DType> ParseDType(std::string_view safetensors_name);

// torch's name as config.json spells it: "float32", "bfloat16", ...
std::string_view TorchDTypeName(DType dtype);

bool IsFloatingPoint(DType dtype);

// Product of the dimensions. An error when one is negative or the product does not fit an int64,
// even where a later dimension is zero.
absl::StatusOr<int64_t> ElementCount(std::span<const int64_t> shape);

// ElementCount * DTypeSize, with the same checks.
absl::StatusOr<int64_t> ByteCount(DType dtype, std::span<const int64_t> shape);

// "[768, 3072]"
std::string ShapeString(std::span<const int64_t> shape);

// Values of a floating-point view as float32. Exact from float32, float16 and bfloat16; float64
// rounds to nearest even, and what is too large becomes an infinity. An error for other types, or
// when the bytes do not match the shape or `out` has another size.
absl::Status ToFloat32(const TensorView& view, std::span<float> out);
absl::StatusOr<std::vector<float>> ToFloat32(const TensorView& view);

// The first element of a floating-point view that is NaN or infinite as float32.
std::optional<int64_t> FindNonFinite(const TensorView& view);

// Rounding to nearest even. A NaN stays a NaN and quiet; overflow becomes an infinity.
uint16_t FloatToBFloat16(float value);
uint16_t FloatToFloat16(float value);
float BFloat16ToFloat(uint16_t bits);
float Float16ToFloat(uint16_t bits);

}  // namespace electra

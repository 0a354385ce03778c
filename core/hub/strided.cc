#include "core/hub/strided.h"

#include <cstring>
#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

Message Describe(const Strides& layout) {
  return Message("STRIDED_LAYOUT", "of shape {shape}, strides {strides} and offset {offset}",
                 ShapeString(layout.sizes), ShapeString(layout.strides), layout.offset);
}

// Index of the last element, or -1 when that does not fit 64 bits. No dimension is zero.
int64_t LastElement(const Strides& layout) {
  int64_t last = layout.offset;
  for (size_t i = 0; i < layout.sizes.size(); ++i) {
    int64_t span = 0;
    if (__builtin_mul_overflow(layout.sizes[i] - 1, layout.strides[i], &span) ||
        __builtin_add_overflow(last, span, &last)) {
      return -1;
    }
  }
  return last;
}

bool IsRowMajor(const Strides& layout) {
  int64_t expected = 1;
  for (size_t i = layout.sizes.size(); i-- > 0;) {
    if (layout.sizes[i] == 1) continue;
    if (layout.strides[i] != expected) return false;
    expected *= layout.sizes[i];
  }
  return true;
}

// Copies element by element; every index was checked.
void CopyStrided(const Strides& layout, size_t element_size, std::span<const std::byte> storage,
                 std::span<std::byte> out) {
  std::vector<int64_t> strides = layout.strides;
  for (size_t i = 0; i < strides.size(); ++i) {
    if (layout.sizes[i] == 1) strides[i] = 0;  // never taken, so never checked
  }
  std::vector<int64_t> index(layout.sizes.size(), 0);
  int64_t source = layout.offset;
  for (size_t done = 0; done < out.size(); done += element_size) {
    std::memcpy(out.data() + done, storage.data() + static_cast<size_t>(source) * element_size,
                element_size);
    for (size_t i = index.size(); i-- > 0;) {
      source += strides[i];
      if (++index[i] < layout.sizes[i]) break;
      source -= strides[i] * layout.sizes[i];
      index[i] = 0;
    }
  }
}

}  // namespace

absl::StatusOr<Tensor> MakeContiguous(DType dtype, const Strides& layout,
                                      std::span<const std::byte> storage,
                                      std::shared_ptr<const void> owner, uint64_t* copy_budget) {
  if (layout.sizes.size() > kMaxRank || layout.sizes.size() != layout.strides.size()) {
    return InvalidArgumentError("STRIDES_DIMENSIONS",
                                "has {dimensions} dimensions and {strides} strides",
                                layout.sizes.size(), layout.strides.size());
  }
  ASSIGN_OR_RETURN(int64_t bytes, ByteCount(dtype, layout.sizes));
  const auto element_size = static_cast<size_t>(DTypeSize(dtype));
  bool malformed = layout.offset < 0;
  for (int64_t stride : layout.strides) malformed = malformed || stride < 0;
  if (malformed) {
    return InvalidArgumentError("STRIDES_NEGATIVE", "is {layout}: none may be negative",
                                Describe(layout));
  }
  Tensor tensor{.view = {.dtype = dtype, .shape = layout.sizes, .data = {}}, .owner = nullptr};
  if (bytes == 0) return tensor;
  const int64_t last = LastElement(layout);
  const auto elements = static_cast<int64_t>(storage.size() / element_size);
  if (last < 0 || last >= elements) {
    return InvalidArgumentError(
        "STRIDES_OUTSIDE_STORAGE",
        "is {layout}, which reaches outside of its storage of {elements} elements",
        Describe(layout), elements);
  }
  const auto size = static_cast<size_t>(bytes);
  if (IsRowMajor(layout)) {
    tensor.view.data = storage.subspan(static_cast<size_t>(layout.offset) * element_size, size);
    tensor.owner = std::move(owner);
    return tensor;
  }
  if (size > *copy_budget) {
    return ResourceExhaustedError(
        "STRIDES_NEED_COPIES",
        "is {layout}: such tensors need more memory than the file has bytes; save them contiguous",
        Describe(layout));
  }
  *copy_budget -= size;
  auto copy = std::make_shared<std::vector<std::byte>>(size);
  CopyStrided(layout, element_size, storage, *copy);
  tensor.view.data = *copy;
  tensor.owner = std::move(copy);
  return tensor;
}

}  // namespace electra

// Views of a storage by strides, as torch has them, made row-major. Private to core/hub.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/hub/tensor.h"

namespace electra {

// All counted in elements.
struct Strides {
  int64_t offset = 0;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
};

// The tensor of `layout` in `storage`, kept alive by `owner`. Row-major ones point into the
// storage. Others are copied, and `*copy_budget` is reduced by the bytes; ResourceExhausted when it
// does not suffice. InvalidArgument when the layout is malformed or reaches outside the storage.
absl::StatusOr<Tensor> MakeContiguous(DType dtype, const Strides& layout,
                                      std::span<const std::byte> storage,
                                      std::shared_ptr<const void> owner, uint64_t* copy_budget);

}  // namespace electra

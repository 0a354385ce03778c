// What every accepted tensor must hold to.
#pragma once

#include "core/hub/tensor.h"
#include "tests/fuzz/fuzz_file.h"

namespace electra {

// Its bytes are as many as its shape says, and can be read.
inline void CheckTensor(const TensorView& view) {
  const absl::StatusOr<int64_t> count = ElementCount(view.shape);
  Require(count.ok());
  Require(static_cast<uint64_t>(*count) * static_cast<uint64_t>(DTypeSize(view.dtype)) ==
          view.data.size());
  volatile std::byte sink{};
  for (const std::byte byte : view.data) sink = byte;
  static_cast<void>(sink);
}

}  // namespace electra

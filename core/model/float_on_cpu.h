// What the kernels of core/model/cpu take. Private to core: includes libtorch.
#pragma once

#include <ATen/ATen.h>

#include "core/model/cpu/instruction_set.h"

namespace electra {

inline bool IsFloatOnCpu(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && cpu::HasKernels();
}

}  // namespace electra

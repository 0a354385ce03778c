// NCCL between cards as Collectives; only where libtorch has CUDA. Private to core.
#pragma once

#include <memory>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/c10d/key_store.h"
#include "core/comm/collectives.h"

namespace electra {

std::shared_ptr<Collectives> MakeNcclGroup(const c10::intrusive_ptr<c10d::Store>& store,
                                           const GroupOptions& options);

}  // namespace electra

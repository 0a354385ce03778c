// A batch that fits where one did not. Pure functions; the standard library only.
#pragma once

#include <cstddef>
#include <functional>

namespace electra {

// The largest half, quarter, ... of a batch of `sequences` that `fits`; 0 where not even one
// sequence does.
size_t FittingBatch(size_t sequences, const std::function<bool(size_t)>& fits);

}  // namespace electra

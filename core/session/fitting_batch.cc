#include "core/session/fitting_batch.h"

namespace electra {

size_t FittingBatch(size_t sequences, const std::function<bool(size_t)>& fits) {
  size_t count = sequences / 2;
  while (count > 0 && !fits(count)) count /= 2;
  return count;
}

}  // namespace electra

#include "core/session/freed_memory.h"

#include <malloc.h>

#include <limits>

namespace electra {

void KeepFreedMemory() {
  constexpr int kLargest = 32 << 20;  // glibc's limit for blocks that stay in its heap
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

void ReturnFreedMemory() { malloc_trim(0); }

}  // namespace electra

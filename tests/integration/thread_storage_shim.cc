// Takes as much thread-local storage as CUDA's libraries, on machines without them, when preloaded.
#include <cstddef>

namespace {
constexpr size_t kBytes = 256 << 10;
thread_local volatile char storage[kBytes];
}  // namespace

extern "C" char TouchThreadStorage() { return storage[kBytes - 1]; }

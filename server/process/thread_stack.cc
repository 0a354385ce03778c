// Gives threads of libraries stacks with enough room.
//
// A thread's stack holds the thread-local storage of all linked libraries. CUDA's have 190 KB;
// civetweb, which serves the metrics, asks for stacks of 100 KB, so that its threads cannot be made
// where libtorch has CUDA. It has no option for it: this function replaces glibc's.
#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <cstddef>

extern "C" int pthread_attr_setstacksize(pthread_attr_t* attributes, size_t size) noexcept {
  using Function = int (*)(pthread_attr_t*, size_t);
  static const auto set = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_attr_setstacksize"));
  constexpr size_t kLeast = size_t{1} << 20;  // of addresses; memory only where it is touched
  return set(attributes, std::max(size, kLeast));
}

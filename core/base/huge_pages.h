// Pages of 2 MB for the heap. A training step reads and writes some hundred megabytes in its order
// of layers; in pages of 4 KB it needs more address translations than the processor can cache.
//
// glibc asks for them where its tunable glibc.malloc.hugetlb is 1 (glibc's manual, Memory
// Allocation Tunables), which it reads before main() and nowhere else. Needs glibc 2.35; an older
// one, or a system without huge pages, goes on with small ones.
#pragma once

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

namespace electra {

// Starts this program again, in the same process, where the tunable is not set to any value yet.
// Returns where it is set, or where starting again fails. For the beginning of main(), while there
// is one thread.
inline void UseHugePages([[maybe_unused]] char* const* argv) {
#if defined(__linux__) && defined(__GLIBC__)
  constexpr char kVariable[] = "GLIBC_TUNABLES";
  constexpr char kTunable[] = "glibc.malloc.hugetlb";
  const char* set = getenv(kVariable);
  std::string tunables = set == nullptr ? "" : set;
  if (tunables.find(kTunable) != std::string::npos) return;
  if (!tunables.empty()) tunables += ':';
  tunables += std::string(kTunable) + "=1";
  setenv(kVariable, tunables.c_str(), /*overwrite=*/1);
  // By its own path: the link's name would become the process's.
  char path[PATH_MAX] = {};
  if (readlink("/proc/self/exe", path, sizeof path - 1) > 0) execv(path, argv);
#endif
}

}  // namespace electra

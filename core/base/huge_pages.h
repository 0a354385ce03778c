// Pages of 2 MB for the heap. A training step reads and writes some hundred megabytes in its order
// of layers; in pages of 4 KB it needs more address translations than the processor can cache.
//
// glibc asks for them where its tunable glibc.malloc.hugetlb is 1 (glibc's manual, Memory
// Allocation Tunables), which it reads at the start of a program and nowhere else. Needs glibc
// 2.35; an older one, or a system without huge pages, goes on with small ones.
//
// So the program that includes this, which only the file with main() does, starts itself again in
// the same process where the tunable is not set to any value yet. It does so before the
// initializers of its libraries run: libtorch's take half a second of processor time, which would
// be spent twice.
#pragma once

#include <limits.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#if defined(__linux__) && defined(__GLIBC__)
namespace electra {

// The C++ library has no state that this needs; the environment is not in `environ` yet.
inline void StartAgainWithHugePages(int /*count*/, char** arguments, char** variables) {
  constexpr std::string_view kVariable = "GLIBC_TUNABLES=";
  constexpr std::string_view kTunable = "glibc.malloc.hugetlb";
  std::string tunables(kVariable);
  std::vector<char*> environment;
  for (char** variable = variables; *variable != nullptr; ++variable) {
    if (std::string_view(*variable).substr(0, kVariable.size()) == kVariable) {
      tunables = *variable;
    } else {
      environment.push_back(*variable);
    }
  }
  if (tunables.find(kTunable) != std::string::npos) return;
  if (tunables.size() > kVariable.size()) tunables += ':';
  tunables.append(kTunable).append("=1");
  environment.push_back(tunables.data());
  environment.push_back(nullptr);
  // By its own path: the link's name would become the process's.
  char path[PATH_MAX] = {};
  if (readlink("/proc/self/exe", path, sizeof path - 1) > 0) {
    execve(path, arguments, environment.data());
  }
}

// Functions of this section run before the initializers of all libraries (System V ABI).
[[gnu::section(".preinit_array"),
  gnu::used]] static void (*const kStartAgain)(int, char**, char**) = &StartAgainWithHugePages;

}  // namespace electra
#endif

// What libFuzzer gives, as the files that parsers read. Memory files: nothing reaches a disk.
#pragma once

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/file.h"

namespace electra {

inline std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the run as a finding, in every build type.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

// A regular file without a name, the same one each time with other bytes: making one is half of
// what an input costs. Nothing may still look at the bytes of before.
inline const FileDescriptor& MemoryFile(std::string_view bytes) {
  static const FileDescriptor file(memfd_create("fuzz", MFD_CLOEXEC));
  const auto size = static_cast<ssize_t>(bytes.size());
  Require(pwrite(file.get(), bytes.data(), bytes.size(), 0) == size);
  Require(ftruncate(file.get(), size) == 0);
  return file;
}

inline std::string PathOf(const FileDescriptor& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

// Mapped as a model's file is. A sanitizer knows heap blocks, not where a file ends within its last
// page, so it is told.
inline std::shared_ptr<const MappedFile> MapBytes(std::string_view bytes) {
  const auto mapped = MappedFile::Map(MemoryFile(bytes), "input");
  Require(mapped.ok());
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const std::byte* const end = (*mapped)->bytes().data() + bytes.size();
  const size_t rest = (page - bytes.size() % page) % page;
  ASAN_POISON_MEMORY_REGION(end, rest);
  return {mapped->get(), [file = *mapped, end, rest](const MappedFile*) {
            ASAN_UNPOISON_MEMORY_REGION(end, rest);
          }};
}

}  // namespace electra

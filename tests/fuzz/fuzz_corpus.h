// Reads a corpus to its end as the daemon does, and holds the reader to what it promises.
#pragma once

#include <string>
#include <string_view>

#include "core/base/utf8.h"
#include "core/text/corpus_reader.h"
#include "tests/fuzz/fuzz_file.h"

namespace electra {

inline void ReadCorpus(std::string_view bytes, CorpusOptions options) {
  const FileDescriptor& file = MemoryFile(bytes);
  options.display_name = "input";
  options.max_sample_bytes = 1 << 16;
  options.unpack.max_bytes = 1 << 20;
  auto reader = CorpusReader::Open(PathOf(file), options);
  if (!reader.ok()) return;
  std::string sample;
  int64_t samples = 0;
  int64_t line = 0;
  while (true) {
    const absl::StatusOr<bool> more = (*reader)->Next(&sample);
    if (!more.ok() || !*more) break;
    ++samples;
    Require(!FindInvalidUtf8(sample).has_value());
    Require(sample.find('\0') == std::string::npos);
    // Of an archive, each file has lines of its own.
    Require((*reader)->line() > line || !(*reader)->file().empty());
    line = (*reader)->line();
  }
  Require((*reader)->counts().samples == samples);
}

}  // namespace electra

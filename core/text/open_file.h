// One file of a corpus, or a part of a file that holds one (private to core/text).
#pragma once

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "core/text/byte_source.h"
#include "core/text/corpus_reader.h"
#include "core/text/record_reader.h"

namespace electra {

// Options are checked, and have a display_name.
absl::StatusOr<std::unique_ptr<RecordReader>> OpenFile(const std::filesystem::path& path,
                                                       const FileRange& range,
                                                       const CorpusOptions& options);

}  // namespace electra

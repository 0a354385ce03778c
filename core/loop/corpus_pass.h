// One pass over corpora that are read one after the other, with its progress. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/status_macros.h"
#include "core/text/corpus_reader.h"
#include "core/trainer.h"

namespace electra {

// Smaller corpora are read before a person looks; their progress is not reported.
inline constexpr int64_t kLongCorpusBytes = int64_t{16} << 20;

// Reports each twentieth of a corpus that is read.
class ProgressReporter {
 public:
  ProgressReporter(PreparationProgress::Phase phase, int64_t size_bytes, TrainingObserver& observer)
      : phase_(phase), size_bytes_(size_bytes), next_(size_bytes / 20), observer_(observer) {}

  void Update(int64_t samples, int64_t read_bytes) {
    if (size_bytes_ < kLongCorpusBytes || read_bytes < next_) return;
    next_ = read_bytes + size_bytes_ / 20;
    observer_.OnPreparationProgress(
        {.phase = phase_, .samples = samples, .read_bytes = read_bytes, .size_bytes = size_bytes_});
  }

 private:
  const PreparationProgress::Phase phase_;
  const int64_t size_bytes_;
  int64_t next_;  // bytes
  TrainingObserver& observer_;
};

// Corpora that are read one after the other.
class OpenCorpora {
 public:
  static absl::StatusOr<OpenCorpora> Open(const std::vector<CorpusSource>& sources) {
    OpenCorpora opened;
    for (const CorpusSource& source : sources) {
      ASSIGN_OR_RETURN(std::unique_ptr<CorpusReader> reader,
                       CorpusReader::Open(source.path, source.reading));
      opened.size_bytes_ += reader->file_size();
      opened.readers_.push_back(reader.get());
      opened.owned_.push_back(std::move(reader));
    }
    return opened;
  }

  std::span<CorpusReader* const> readers() const { return readers_; }
  int64_t size_bytes() const { return size_bytes_; }

 private:
  OpenCorpora() = default;

  std::vector<std::unique_ptr<CorpusReader>> owned_;
  std::vector<CorpusReader*> readers_;
  int64_t size_bytes_ = 0;
};

}  // namespace electra

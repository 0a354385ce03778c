// The sentences that a job shows at every sample, to show how the model learns: tokenized once,
// always masked alike.
//
// Immutable after Create; any number of threads may read it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/batch/batch.h"
#include "core/text/tokenizer.h"

namespace electra {

class ProbeSet {
 public:
  // InvalidArgument: a sentence has no token. A sentence that is too long is cut to its beginning.
  static absl::StatusOr<ProbeSet> Create(std::span<const std::string> sentences,
                                         const Tokenizer& tokenizer, int64_t max_length);

  bool empty() const { return sentences_.empty(); }
  const std::string& sentence(uint64_t index) const { return sentences_[index]; }

  // Numbers, from 1, of the sentences that were too long.
  const std::vector<int64_t>& shortened() const { return shortened_; }

  // All sentences. Sets `masking.epoch`, so that no training or evaluation has the same masks.
  PackedBatch Batch(const SpecialTokenIds& special, MaskingOptions masking) const;

 private:
  std::vector<std::string> sentences_;
  std::vector<int32_t> ids_;
  std::vector<uint64_t> offsets_ = {0};
  std::vector<int64_t> shortened_;
};

}  // namespace electra

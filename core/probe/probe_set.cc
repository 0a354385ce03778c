#include "core/probe/probe_set.h"

#include <numeric>

#include "core/base/message.h"

namespace electra {
namespace {

// Far above the epochs of any run, and not that of evaluations.
constexpr uint64_t kProbeEpoch = ~uint64_t{0} - 1;

}  // namespace

absl::StatusOr<ProbeSet> ProbeSet::Create(std::span<const std::string> sentences,
                                          const Tokenizer& tokenizer, int64_t max_length) {
  const auto most = static_cast<size_t>(max_length - 2);  // [CLS] and [SEP]
  ProbeSet probe;
  for (const std::string& sentence : sentences) {
    probe.sentences_.push_back(sentence);
    const auto number = static_cast<int64_t>(probe.sentences_.size());
    std::vector<int32_t> ids;
    tokenizer.Encode(sentence, &ids);
    if (ids.empty()) {
      return InvalidArgumentError("PROBE_SENTENCE_EMPTY",
                                  "probe sentence {number} has no token: leave it out", number);
    }
    if (ids.size() > most) {
      ids.resize(most);
      probe.shortened_.push_back(number);
    }
    probe.ids_.insert(probe.ids_.end(), ids.begin(), ids.end());
    probe.offsets_.push_back(probe.ids_.size());
  }
  return probe;
}

PackedBatch ProbeSet::Batch(const SpecialTokenIds& special, MaskingOptions masking) const {
  masking.epoch = kProbeEpoch;
  std::vector<uint64_t> all(sentences_.size());
  std::iota(all.begin(), all.end(), uint64_t{0});
  return MakeBatch({.ids = ids_, .offsets = offsets_}, all, special, masking);
}

}  // namespace electra

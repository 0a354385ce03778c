// From a job's corpus to the sequences it trains on: vocabulary, tokenizer, id cache, split.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/batch/batch.h"
#include "core/batch/mixed_order.h"
#include "core/hub/tokenizer_files.h"
#include "core/text/token_cache.h"
#include "core/text/tokenizer.h"
#include "core/trainer.h"

namespace electra {

// Text that is only evaluated.
struct PreparedEvalCorpus {
  std::string name;
  std::unique_ptr<const TokenCache> cache;
  std::vector<uint64_t> sequences;  // at most max_eval_samples, in order

  TokenSequences all() const { return {.ids = cache->ids(), .offsets = cache->sequence_offsets()}; }
};

struct PreparedCorpus {
  std::unique_ptr<const Tokenizer> tokenizer;
  int32_t model_tokens = 0;  // of its vocabulary, without the ones that vocab_extend appends
  std::unique_ptr<const TokenCache> cache;  // of all corpora that are trained on
  std::vector<PreparedEvalCorpus> eval_corpora;
  DataSplit split;
  std::optional<MixedOrder> mixed;      // where the corpora are read in shares
  std::vector<uint8_t> continues_word;  // MaskingOptions::continues_word

  TokenSequences sequences() const {
    return {.ids = cache->ids(), .offsets = cache->sequence_offsets()};
  }
  int64_t sequences_per_epoch() const {
    return static_cast<int64_t>(mixed ? mixed->epoch_length() : split.train.size());
  }
  SpecialTokenIds special() const;
};

// MaskingOptions::continues_word: WordPiece writes `##` before the pieces that continue a word.
std::vector<uint8_t> FindContinuations(const Vocabulary& vocabulary);

SpecialTokenIds SpecialIds(const Vocabulary& vocabulary);

// How an epoch's training masks the corpus, which it borrows.
MaskingOptions TrainingMasking(const Hyperparameters& hyperparameters, const PreparedCorpus& corpus,
                               int64_t epoch);

// Cancelled when `stop` was set meanwhile. InvalidArgument: the vocabulary knows less than half of
// the text, and allow_unknown is not set. Tells `observer` once of anything odd in the text. The
// vocabulary is kept as job_dir/vocab.txt, so that a resumed job has the one it began with.
// `pretrained` is the tokenizer of the job's model, which takes precedence (null: none).
absl::StatusOr<PreparedCorpus> PrepareCorpus(const TrainingTask& task,
                                             const TokenizerFiles* pretrained,
                                             TrainingObserver& observer, const StopSignal& stop);

}  // namespace electra

// Which tokens of a sequence the generator must predict.
//
// Pure functions of their arguments: the same (seed, epoch, sequence) gives the same masks in any
// batch, rank or attempt. The standard library only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/settings/hyperparameters.h"

namespace electra {

// Ids of the special tokens in the job's vocabulary.
struct SpecialTokenIds {
  int64_t pad = 0;
  int64_t unk = 1;
  int64_t cls = 2;
  int64_t sep = 3;
  int64_t mask = 4;
};

struct MaskingOptions {
  double mlm_probability;
  double replace_prob;
  uint64_t seed;
  uint64_t epoch;  // masks differ from epoch to epoch
  MaskUnit unit = MaskUnit::kToken;
  double span_geometric_p = 0.2;
  int64_t max_span_length = 10;  // in words
  // By token id: 1 where the token continues a word (`##`). Borrows. Ids past its end begin a word:
  // all of them where it is empty.
  std::span<const uint8_t> continues_word = {};
  double random_token_prob = 0;
  int64_t vocab_size = 0;  // ids that a random token may have; above 0 with random_token_prob
};

// The positions (counted from [CLS] = 0) that are masked in a sequence of `ids`, ascending; never a
// special token. The target is ceil(probability x n) of the n others, at least one where there are
// any.
//
// kToken: exactly that many, each position equally likely.
// kWord: words in random order, each with all of its tokens, while they fit in the target; then the
// shortest of the others if that brings the count nearer.
// kSpan (SpanBERT, Joshi et al. 2020): from each word in random order, as many words as a geometric
// distribution says, while they fit; then like kWord.
std::vector<int64_t> ChooseMaskedPositions(std::span<const int32_t> ids,
                                           const SpecialTokenIds& special,
                                           const MaskingOptions& options, uint64_t sequence);

// The generator's input where `id` is masked, at this position of the sequence. With
// random_token_prob a token of the vocabulary, each equally likely; else, or where that would be a
// special token, [MASK] with replace_prob; else `id`.
int64_t CorruptToken(int64_t id, const SpecialTokenIds& special, const MaskingOptions& options,
                     uint64_t sequence, uint64_t position);

}  // namespace electra

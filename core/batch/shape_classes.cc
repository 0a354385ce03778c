#include "core/batch/shape_classes.h"

#include <algorithm>

namespace electra {
namespace {

int64_t NextMultiple(int64_t count, int64_t of) { return (count + of - 1) / of * of; }

}  // namespace

PackedBatch PadToClass(const PackedBatch& batch) {
  PackedBatch padded = batch;
  const int64_t own = batch.token_count();
  const int64_t tokens = NextMultiple(own + 1, kTokenClass);
  const auto size = static_cast<size_t>(tokens);
  const int64_t pad = batch.original_ids.front();  // the vocabulary has that one
  padded.original_ids.resize(size, pad);
  padded.masked_ids.resize(size, pad);
  padded.positions.resize(size, 0);  // there may be fewer than a pad has tokens
  padded.masked_positions.resize(
      static_cast<size_t>(NextMultiple(batch.masked_count(), kMaskedClass)), own);
  const int64_t longest = batch.groups.front().length;
  for (int64_t first = own; first < tokens;) {
    const int64_t length = std::min(longest, tokens - first);
    padded.sequences.push_back({.sequence = 0, .first_token = first, .length = length});
    padded.groups.push_back({.sequence_count = 1, .length = length});
    first += length;
  }
  const auto sequences = static_cast<int64_t>(padded.sequences.size());
  padded.sequences.resize(static_cast<size_t>(NextMultiple(sequences, kSequenceClass)),
                          {.sequence = 0, .first_token = tokens, .length = 0});
  padded.whole.reset();  // libtorch's generators know no places
  return padded;
}

}  // namespace electra

// From tokenized sequences to the packed batches that the networks read.
//
// A batch holds no padding: its sequences lie one behind the other, the longest first, so that
// those of one length are neighbours and attention runs over each such group as a dense block.
// Pure functions of their arguments; the standard library only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/batch/masking.h"

namespace electra {

// All sequences of a corpus, without [CLS] and [SEP]. Borrows; usually from a memory-mapped cache.
struct TokenSequences {
  std::span<const int32_t> ids;
  std::span<const uint64_t> offsets;  // sequence i is ids[offsets[i]] .. ids[offsets[i + 1]]

  uint64_t size() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::span<const int32_t> operator[](uint64_t sequence) const {
    return ids.subspan(offsets[sequence], offsets[sequence + 1] - offsets[sequence]);
  }
};

struct PackedSequence {
  uint64_t sequence;    // index into TokenSequences
  int64_t first_token;  // index into the batch's tokens
  int64_t length;       // [CLS] and [SEP] included
};

struct LengthGroup {
  int64_t sequence_count;
  int64_t length;
};

// Where a part of a batch stands in the whole of it. What is random of a token depends on its place
// there, so that the parts together are the whole, whoever computes them.
struct PlacesInWhole {
  int64_t token_count = 0;             // of the whole batch
  std::vector<int64_t> token_places;   // [tokens], indices into the whole batch's
  std::vector<int64_t> masked_places;  // [masked], indices into its masked_positions
};

struct PackedBatch {
  std::vector<int64_t> original_ids;      // [tokens]
  std::vector<int64_t> masked_ids;        // [tokens], what the generator sees
  std::vector<int64_t> positions;         // [tokens], restarting at 0 in each sequence
  std::vector<int64_t> masked_positions;  // [masked], indices into tokens, ascending
  std::vector<PackedSequence> sequences;  // longest first
  std::vector<LengthGroup> groups;        // in the order of `sequences`
  std::optional<PlacesInWhole> whole;     // of a part of a batch

  int64_t token_count() const { return static_cast<int64_t>(original_ids.size()); }
  int64_t masked_count() const { return static_cast<int64_t>(masked_positions.size()); }
};

PackedBatch MakeBatch(const TokenSequences& corpus, std::span<const uint64_t> sequences,
                      const SpecialTokenIds& special, const MaskingOptions& options);

// Which sequences train and which are held out. Whole samples are held out, so that no text of a
// held-out sample is trained on in another window of it.
struct DataSplit {
  std::vector<uint64_t> train;
  std::vector<uint64_t> validation;
};

// The first sample with the same tokens, for each: itself where it repeats none. `sequence_samples[i]`
// is the sample of sequence i: 0, 1, ..., each with its sequences one after the other.
std::vector<uint64_t> FindOriginals(const TokenSequences& corpus,
                                    std::span<const uint64_t> sequence_samples);

// How many repeat another.
int64_t CountCopies(std::span<const uint64_t> originals);

// Holds out ceil(percentage) of the different samples, but leaves at least one for training;
// percentage 0 holds out none. Those that have no copy are held out first; of others one copy is,
// and the rest is left out of both, so that nothing that is held out is trained on. Only samples
// before `candidates` are held out, and counted for it.
DataSplit SplitSequences(std::span<const uint64_t> sequence_samples,
                         std::span<const uint64_t> originals, double percentage, uint64_t seed,
                         uint64_t candidates = ~uint64_t{0});

// Takes the sequences of samples that repeat another out of `train`.
void LeaveOutCopies(std::span<const uint64_t> sequence_samples, std::span<const uint64_t> originals,
                    std::vector<uint64_t>* train);

// The order in which an epoch visits `train`.
std::vector<uint64_t> EpochOrder(std::span<const uint64_t> train, uint64_t seed, uint64_t epoch);

// The `count` longest of `sequences`, the longest first; those of one length in their order.
std::vector<uint64_t> LongestSequences(const TokenSequences& corpus,
                                       std::span<const uint64_t> sequences, size_t count);

}  // namespace electra

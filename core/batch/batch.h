// From tokenized sequences to the packed batches that the networks read.
//
// A batch holds no padding: its sequences follow each other, the longest first, so that sequences
// of one length are neighbours and attention runs over each such group as a dense block.
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

// Where the tokens of a part are in the whole batch. A token's random numbers depend on its place
// there, so that the parts together equal the whole, whoever computes them.
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

// Packs `sequences`, indices into `corpus`, each between [CLS] and [SEP], and masks them. Sequences
// of one length keep their order.
PackedBatch MakeBatch(const TokenSequences& corpus, std::span<const uint64_t> sequences,
                      const SpecialTokenIds& special, const MaskingOptions& options);

// Which sequences train and which are held out. Whole samples are held out, so that no text of a
// held-out sample is trained on in another window of it.
struct DataSplit {
  std::vector<uint64_t> train;
  std::vector<uint64_t> validation;
};

// For each sample, the first one with the same tokens: itself where it repeats none.
// `sequence_samples[i]` is the sample of sequence i: 0, 1, ..., each with its sequences one after
// the other.
std::vector<uint64_t> FindOriginals(const TokenSequences& corpus,
                                    std::span<const uint64_t> sequence_samples);

// How many samples repeat another.
int64_t CountCopies(std::span<const uint64_t> originals);

// Holds out ceil(percentage) of the different samples, but leaves at least one for training;
// percentage 0 holds out none. Samples without a copy are held out first; then one copy of others,
// whose remaining copies are left out of both, so that no held-out text is trained on. Only samples
// before `candidates` are counted and held out.
DataSplit SplitSequences(std::span<const uint64_t> sequence_samples,
                         std::span<const uint64_t> originals, double percentage, uint64_t seed,
                         uint64_t candidates = ~uint64_t{0});

// Takes the sequences of samples that repeat another out of `train`.
void LeaveOutCopies(std::span<const uint64_t> sequence_samples, std::span<const uint64_t> originals,
                    std::vector<uint64_t>* train);

// The order in which an epoch visits `train`.
std::vector<uint64_t> EpochOrder(std::span<const uint64_t> train, uint64_t seed, uint64_t epoch);

// The `count` longest of `sequences`, the longest first; equal lengths keep their order.
std::vector<uint64_t> LongestSequences(const TokenSequences& corpus,
                                       std::span<const uint64_t> sequences, size_t count);

}  // namespace electra

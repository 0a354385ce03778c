// A tokenized corpus on disk, memory-mapped for training.
//
// A sample is one of CorpusReader's; a sequence is at most max_length - 2 of its tokens, since
// [CLS] and [SEP] come around it in a batch. A longer sample becomes several sequences that follow
// one another without gap or overlap (or is cut, with kTruncate). The source text is kept too, so
// that sample predictions can show it.
//
// A cache is a folder. It is written under another name (core/text/token_cache_writer.h) and
// renamed once it is complete and synced, so that a folder of that name is always whole.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<TokenCache> cache, TokenCache::Open(dir));
//   for (std::uint64_t s = 0; s < cache->counts().sequences; ++s) Use(cache->Sequence(s));
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra {

struct TokenCacheCounts {
  std::uint64_t samples = 0;    // with at least one token; the others are in empty_samples
  std::uint64_t sequences = 0;  // at least one a sample
  std::uint64_t tokens = 0;     // without [CLS] and [SEP]
  std::uint64_t unknown_tokens = 0;
  std::uint64_t split_samples = 0;      // that became several sequences
  std::uint64_t truncated_samples = 0;  // that lost tokens
  std::uint64_t empty_samples = 0;      // blank, or with text but no token; not stored

  friend bool operator==(const TokenCacheCounts&, const TokenCacheCounts&) = default;
};

// A complete cache, read-only; any number of threads may read it. The views live as long as it.
class TokenCache {
 public:
  // NotFound: no such folder. DataLoss: damaged, or of another version of this format; build it
  // again. Checks sizes, the header's digest and every offset, not the contents: see Verify.
  static absl::StatusOr<std::unique_ptr<TokenCache>> Open(const std::filesystem::path& dir);
  ~TokenCache();
  TokenCache(const TokenCache&) = delete;
  TokenCache& operator=(const TokenCache&) = delete;

  // Reads all of the cache: DataLoss unless every digest fits and every id is in the vocabulary.
  absl::Status Verify() const;

  const TokenCacheCounts& counts() const;
  std::int64_t max_length() const;  // TokenCacheOptions::max_length of its making
  std::int32_t vocab_size() const;  // of the vocabulary of its making

  std::span<const std::int32_t> ids() const;                // all sequences, one after the other
  std::span<const std::uint64_t> sequence_offsets() const;  // into ids; sequences + 1, from 0
  std::span<const std::uint64_t> sequence_samples() const;  // sample of each sequence
  // A cache of several corpora has their samples one after the other: up to which sample each goes.
  std::span<const std::uint64_t> part_ends() const;
  // Index of a sequence's first token among the tokens of its sample: 0, then max_length - 2, ...
  std::span<const std::uint32_t> sequence_starts() const;

  // sequence < counts().sequences
  std::span<const std::int32_t> Sequence(std::uint64_t sequence) const;
  // sample < counts().samples
  std::string_view SampleText(std::uint64_t sample) const;

 private:
  class Impl;
  explicit TokenCache(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace electra

// A tokenized corpus on disk, memory-mapped for training.
//
// A sample is what CorpusReader gives; a sequence is at most max_length - 2 of its tokens, since
// [CLS] and [SEP] come around it in a batch. A longer sample becomes several sequences that follow
// one another without gap or overlap (or is cut, with kTruncate). The source text is kept too, so
// that sample predictions can show it.
//
// A cache is a folder. It is written beside its place and renamed into it once it is complete and
// synced, so that a folder of that name is always whole.
//
//   ASSIGN_OR_RETURN(TokenCacheCounts counts,
//                    BuildTokenCache(*reader, tokenizer, {.max_length = 128}, dir, nullptr));
//   ASSIGN_OR_RETURN(std::unique_ptr<TokenCache> cache, TokenCache::Open(dir));
//   for (std::uint64_t s = 0; s < cache->counts().sequences; ++s) Use(cache->Sequence(s));
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/corpus_reader.h"
#include "core/text/tokenizer.h"

namespace electra {

enum class LongSamples {
  kSplit,     // into windows, nothing is dropped
  kTruncate,  // only the first window is kept
};

struct TokenCacheOptions {
  std::int64_t max_length = 128;  // tokens a sequence with [CLS] and [SEP]; 3 to 2^20
  LongSamples long_samples = LongSamples::kSplit;
};

struct TokenCacheCounts {
  std::uint64_t samples = 0;    // with at least one token; the others are in empty_samples
  std::uint64_t sequences = 0;  // at least one a sample
  std::uint64_t tokens = 0;     // without [CLS] and [SEP]
  std::uint64_t unknown_tokens = 0;
  std::uint64_t split_samples = 0;      // that became several sequences
  std::uint64_t truncated_samples = 0;  // that lost tokens
  std::uint64_t empty_samples = 0;      // with text but no token, not stored

  friend bool operator==(const TokenCacheCounts&, const TokenCacheCounts&) = default;
};

// Writes a cache in bounded memory. One thread at a time. Destroyed without Finish it leaves
// nothing behind.
class TokenCacheWriter {
 public:
  // `dir` must not exist; its parent must. Samples are tokenized by the caller with `vocabulary`.
  static absl::StatusOr<std::unique_ptr<TokenCacheWriter>> Create(const std::filesystem::path& dir,
                                                                  const TokenCacheOptions& options,
                                                                  const Vocabulary& vocabulary);
  ~TokenCacheWriter();
  TokenCacheWriter(const TokenCacheWriter&) = delete;
  TokenCacheWriter& operator=(const TokenCacheWriter&) = delete;

  // `ids` are all tokens of `text`, without [CLS] and [SEP].
  absl::Status Add(std::string_view text, std::span<const std::int32_t> ids);

  // Syncs the files and renames the folder into its place. InvalidArgument: not one sample had a
  // token. AlreadyExists: the place was taken meanwhile. Call once; only the destructor may follow.
  absl::StatusOr<TokenCacheCounts> Finish();

 private:
  class Impl;
  explicit TokenCacheWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A complete cache, read-only; any number of threads may read it. The views live as long as it.
class TokenCache {
 public:
  // NotFound: no such folder. DataLoss: damaged, or of another version of this format; building it
  // again is the cure. Checks sizes, the header's digest and every offset, not the contents: see
  // Verify.
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

// Asked after every few samples; bytes_read is CorpusReader's. False cancels.
using TokenCacheProgress = std::function<bool(std::int64_t samples, std::int64_t bytes_read)>;

// Reads the rest of `reader`, tokenizes it and writes the cache `dir`. On an error, Cancelled when
// `progress` (may be empty) says so, nothing is left behind.
absl::StatusOr<TokenCacheCounts> BuildTokenCache(CorpusReader& reader, const Tokenizer& tokenizer,
                                                 const TokenCacheOptions& options,
                                                 const std::filesystem::path& dir,
                                                 const TokenCacheProgress& progress);

// 64 hexadecimal digits that differ when anything differs that the cache depends on: name the
// folder so to find a cache again.
std::string TokenCacheKey(std::string_view corpus_sha256, const CorpusOptions& corpus,
                          const Vocabulary& vocabulary, const TokenizerOptions& tokenizer,
                          const TokenCacheOptions& cache);

// Removes what writers that were killed left in `parent`. No writer may be at work there.
void RemoveUnfinishedTokenCaches(const std::filesystem::path& parent);

}  // namespace electra

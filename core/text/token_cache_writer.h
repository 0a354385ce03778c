// Writes a token cache (core/text/token_cache.h) in bounded memory, from samples that the caller
// tokenizes.
//
//   ASSIGN_OR_RETURN(auto writer, TokenCacheWriter::Create(dir, {.max_length = 128}, vocabulary));
//   for (...) RETURN_IF_ERROR(writer->Add(text, ids));
//   ASSIGN_OR_RETURN(TokenCacheCounts counts, writer->Finish());
//
// Not thread-safe. Destroyed without Finish, it leaves no files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/token_cache.h"
#include "core/text/vocabulary.h"

namespace electra {

enum class LongSamples {
  kSplit,     // into windows, nothing is dropped
  kTruncate,  // only the first window is kept
};

struct TokenCacheOptions {
  std::int64_t max_length = 128;  // tokens a sequence with [CLS] and [SEP]; 3 to 2^20
  LongSamples long_samples = LongSamples::kSplit;
};

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

  // Blank samples, which the reader of the corpus passes over.
  void CountBlank(std::int64_t samples);

  // Ends a corpus: the samples that follow are of the next one. Called at the end of each.
  absl::Status EndPart();

  // Syncs the files and renames the folder into its place. InvalidArgument: no sample had a token.
  // AlreadyExists: the place was taken meanwhile. Call once; only the destructor may follow.
  absl::StatusOr<TokenCacheCounts> Finish();

 private:
  class Impl;
  explicit TokenCacheWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Removes what writers that were killed left in `parent`. No writer may be at work there.
void RemoveUnfinishedTokenCaches(const std::filesystem::path& parent);

}  // namespace electra

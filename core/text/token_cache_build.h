// Builds a token cache (core/text/token_cache.h) from a corpus, and names it so that it is found
// again.
//
//   ASSIGN_OR_RETURN(TokenCacheCounts counts,
//                    BuildTokenCache(*reader, tokenizer, {.max_length = 128}, dir, nullptr));
//
// Several corpora make one cache, their samples one after the other.
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/text/corpus_reader.h"
#include "core/text/token_cache_writer.h"
#include "core/text/tokenizer.h"

namespace electra {

// Asked after every few samples; bytes_read is CorpusReader's. False cancels.
using TokenCacheProgress = std::function<bool(std::int64_t samples, std::int64_t bytes_read)>;

// Reads the rest of `reader`, tokenizes it and writes the cache `dir`. On an error (Cancelled when
// `progress`, which may be empty, says so), no files are left.
absl::StatusOr<TokenCacheCounts> BuildTokenCache(CorpusReader& reader, const Tokenizer& tokenizer,
                                                 const TokenCacheOptions& options,
                                                 const std::filesystem::path& dir,
                                                 const TokenCacheProgress& progress);

// The same for several corpora; `progress` gets the totals so far.
absl::StatusOr<TokenCacheCounts> BuildTokenCache(std::span<CorpusReader* const> readers,
                                                 const Tokenizer& tokenizer,
                                                 const TokenCacheOptions& options,
                                                 const std::filesystem::path& dir,
                                                 const TokenCacheProgress& progress);

// 64 hexadecimal digits that depend on everything that the cache depends on: give the folder this
// name to find a cache again.
std::string TokenCacheKey(std::string_view corpus_sha256, const CorpusOptions& corpus,
                          const Vocabulary& vocabulary, const TokenizerOptions& tokenizer,
                          const TokenCacheOptions& cache);

}  // namespace electra

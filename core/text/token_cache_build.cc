#include "core/text/token_cache_build.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/text/corpus_format.h"
#include "core/text/token_cache_format.h"

namespace electra {
namespace {

// Between two calls of progress at most so much is read, or that many samples.
constexpr std::int64_t kProgressBytes = std::int64_t{1} << 20;
constexpr std::int64_t kProgressSamples = 1024;

// A vector that one huge sample has made large gives its memory back above this.
constexpr std::size_t kKeptIds = std::size_t{1} << 20;

// To be raised when the same text gets other tokens than before.
constexpr int kTokenizerRevision = 1;

// Length before value, so that no two lists of fields look alike.
void Field(Sha256& digest, std::string_view value) {
  digest.Update(absl::StrCat(value.size(), ":"));
  digest.Update(value);
}

absl::Status Cancelled() {
  return CancelledError("TOKENIZATION_CANCELLED", "cancelled while the corpus was tokenized");
}

absl::Status AddCorpus(CorpusReader& reader, const Tokenizer& tokenizer,
                       const TokenCacheProgress& progress, TokenCacheWriter& writer) {
  const auto go_on = [&] { return progress(reader.counts().samples, reader.bytes_read()); };
  std::string sample;
  std::vector<std::int32_t> ids;
  std::int64_t reported_bytes = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(&sample));
    if (!more) break;
    ids.clear();
    if (ids.capacity() > kKeptIds) ids.shrink_to_fit();
    tokenizer.Encode(sample, &ids);
    RETURN_IF_ERROR(writer.Add(sample, ids));
    if (reader.counts().samples % kProgressSamples == 0 ||
        reader.bytes_read() - reported_bytes >= kProgressBytes) {
      reported_bytes = reader.bytes_read();
      if (!go_on()) return Cancelled();
    }
  }
  if (!go_on()) return Cancelled();
  writer.CountBlank(reader.counts().blank_samples);
  return writer.EndPart();
}

}  // namespace

absl::StatusOr<TokenCacheCounts> BuildTokenCache(CorpusReader& reader, const Tokenizer& tokenizer,
                                                 const TokenCacheOptions& options,
                                                 const std::filesystem::path& dir,
                                                 const TokenCacheProgress& progress) {
  CorpusReader* const readers[] = {&reader};
  return BuildTokenCache(readers, tokenizer, options, dir, progress);
}

absl::StatusOr<TokenCacheCounts> BuildTokenCache(std::span<CorpusReader* const> readers,
                                                 const Tokenizer& tokenizer,
                                                 const TokenCacheOptions& options,
                                                 const std::filesystem::path& dir,
                                                 const TokenCacheProgress& progress) {
  ASSIGN_OR_RETURN(const std::unique_ptr<TokenCacheWriter> writer,
                   TokenCacheWriter::Create(dir, options, tokenizer.vocabulary()));
  std::int64_t samples = 0;  // of the corpora that are done
  std::int64_t bytes = 0;
  for (CorpusReader* const reader : readers) {
    const TokenCacheProgress so_far = [&](std::int64_t more_samples, std::int64_t more_bytes) {
      return progress == nullptr || progress(samples + more_samples, bytes + more_bytes);
    };
    RETURN_IF_ERROR(AddCorpus(*reader, tokenizer, so_far, *writer));
    samples += reader->counts().samples;
    bytes += reader->bytes_read();
  }
  return writer->Finish();
}

std::string TokenCacheKey(std::string_view corpus_sha256, const CorpusOptions& corpus,
                          const Vocabulary& vocabulary, const TokenizerOptions& tokenizer,
                          const TokenCacheOptions& cache) {
  Sha256 digest;
  Field(digest, absl::StrCat("electra token cache ", token_cache_format::kVersion, ".",
                             kTokenizerRevision));
  Field(digest, corpus_sha256);
  // 2: quotes in a .tsv that enclose no field are text.
  const absl::string_view reading = corpus.format == CorpusFormat::kTsv ? ".2" : "";
  Field(digest, absl::StrCat(std::string(CorpusFormatName(corpus.format)), reading));
  Field(digest, corpus.column);
  Field(digest, corpus.encoding);
  Field(digest, absl::StrCat(static_cast<int>(corpus.on_invalid), " ", corpus.max_sample_bytes));
  // Nothing by default, so that caches from before these options are found.
  if (!corpus.delimiter.empty() || corpus.quoting != Quoting::kByFormat) {
    Field(digest, absl::StrCat(corpus.delimiter, " ", static_cast<int>(corpus.quoting)));
  }
  Field(digest, vocabulary.ToText());
  Field(digest, absl::StrCat(tokenizer.do_lower_case ? 1 : 0, tokenizer.StripsAccents() ? 1 : 0,
                             tokenizer.tokenize_chinese_chars ? 1 : 0, tokenizer.clean_text ? 1 : 0,
                             " ", tokenizer.max_word_characters));
  Field(digest, absl::StrCat(cache.max_length, " ", static_cast<int>(cache.long_samples)));
  return digest.FinishHex();
}

}  // namespace electra

// Table corpora. Functions on a reader or transaction that the caller holds; statements throw
// SQLite::Exception, which Database turns into a status.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/corpus_reader.h"
#include "server/store/database.h"

namespace electra::server {

struct CorpusRow {
  int64_t id = 0;
  std::string name;  // public id, without "corpora/"
  std::string file_name;
  CorpusFormat format = CorpusFormat::kText;
  std::string column;
  std::string encoding = "utf-8";
  OnInvalidText on_invalid = OnInvalidText::kRefuse;
  std::string delimiter;  // empty: by the format
  Quoting quoting = Quoting::kByFormat;
  int64_t size_bytes = 0;
  std::string sha256;
  int64_t sample_count = 0;
  int64_t skipped_sample_count = 0;
  int64_t replaced_sample_count = 0;
  int64_t multi_line_sample_count = 0;  // as in CorpusCounts
  int64_t longest_quote_begin = 0;
  int64_t longest_quote_end = 0;
  int64_t text_bytes = 0;  // of the samples as UTF-8; 0: not counted
  int64_t created_at = 0;
  std::string uploaded_by;  // public id of a token; empty: none was needed
};

// How a job reads the corpus.
CorpusOptions ReadingOptions(const CorpusRow& corpus);

// The stored corpus with this content read this way, or the new one (id is set).
CorpusRow InsertCorpus(Transaction& transaction, const CorpusRow& corpus);

// The stored corpus with this content read this way.
std::optional<CorpusRow> FindStoredCorpus(Reader& reader, std::string_view sha256,
                                          const CorpusOptions& reading);

// By id or unique prefix. NotFound, or InvalidArgument for an ambiguous prefix.
absl::StatusOr<CorpusRow> FindCorpus(Reader& reader, std::string_view name);
absl::StatusOr<CorpusRow> GetCorpus(Reader& reader, int64_t id);

// Newest first, the rows with an id below `before_id` (0: all).
std::vector<CorpusRow> ListCorpora(Reader& reader, int64_t before_id, int limit);

// FailedPrecondition while a job that has not ended uses it.
absl::Status DeleteCorpus(Transaction& transaction, const CorpusRow& corpus);

// The bytes of all corpora, each content once.
int64_t StoredContentBytes(Reader& reader);

// Sets each size to that of its content in the folder `contents`, at a start: older daemons
// believed clients. A damaged content keeps its size.
void SettleCorpusSizes(Transaction& transaction, const std::filesystem::path& contents);

// The digests of all corpora.
std::set<std::string> StoredContents(Reader& reader);

// Bytes of the content with this digest; nothing where no corpus has it.
std::optional<int64_t> FindContentSize(Reader& reader, std::string_view sha256);

// True while a corpus with this content is stored.
bool IsContentUsed(Reader& reader, std::string_view sha256);

}  // namespace electra::server

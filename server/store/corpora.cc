#include "server/store/corpora.h"

#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/text/corpus_format.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

absl::Status CorpusDeleted() { return NotFoundError("CORPUS_DELETED", "the corpus was deleted"); }

constexpr char kCorpusColumns[] =
    "SELECT id, name, file_name, format, column_name, encoding, on_invalid, size_bytes, sha256, "
    "sample_count, skipped_sample_count, replaced_sample_count, text_bytes, created_at, "
    "uploaded_by, delimiter, quoting, multi_line_sample_count, longest_quote_begin, "
    "longest_quote_end FROM corpora ";

CorpusFormat ParseFormat(std::string_view name) {
  for (CorpusFormat format : {CorpusFormat::kCsv, CorpusFormat::kTsv, CorpusFormat::kJsonl}) {
    if (CorpusFormatName(format) == name) return format;
  }
  return CorpusFormat::kText;
}

// In the order of OnInvalidText.
constexpr const char* kOnInvalid[] = {"refuse", "replace", "skip"};

const char* OnInvalidName(OnInvalidText on_invalid) {
  return kOnInvalid[static_cast<size_t>(on_invalid)];
}

OnInvalidText ParseOnInvalid(std::string_view name) {
  const auto found = std::find(std::begin(kOnInvalid), std::end(kOnInvalid), name);
  return found == std::end(kOnInvalid) ? OnInvalidText::kRefuse
                                       : static_cast<OnInvalidText>(found - kOnInvalid);
}

// In the order of Quoting.
constexpr const char* kQuotings[] = {"", "none", "csv"};

const char* QuotingName(Quoting quoting) { return kQuotings[static_cast<size_t>(quoting)]; }

Quoting ParseQuoting(std::string_view name) {
  const auto found = std::find(std::begin(kQuotings), std::end(kQuotings), name);
  return found == std::end(kQuotings) ? Quoting::kByFormat
                                      : static_cast<Quoting>(found - kQuotings);
}

CorpusRow ReadCorpusRow(SQLite::Statement& query) {
  return {.id = query.getColumn(0).getInt64(),
          .name = query.getColumn(1).getString(),
          .file_name = query.getColumn(2).getString(),
          .format = ParseFormat(query.getColumn(3).getString()),
          .column = query.getColumn(4).getString(),
          .encoding = query.getColumn(5).getString(),
          .on_invalid = ParseOnInvalid(query.getColumn(6).getString()),
          .delimiter = query.getColumn(15).getString(),
          .quoting = ParseQuoting(query.getColumn(16).getString()),
          .size_bytes = query.getColumn(7).getInt64(),
          .sha256 = query.getColumn(8).getString(),
          .sample_count = query.getColumn(9).getInt64(),
          .skipped_sample_count = query.getColumn(10).getInt64(),
          .replaced_sample_count = query.getColumn(11).getInt64(),
          .multi_line_sample_count = query.getColumn(17).getInt64(),
          .longest_quote_begin = query.getColumn(18).getInt64(),
          .longest_quote_end = query.getColumn(19).getInt64(),
          .text_bytes = query.getColumn(12).getInt64(),
          .created_at = query.getColumn(13).getInt64(),
          .uploaded_by = query.getColumn(14).getString()};
}

}  // namespace

CorpusOptions ReadingOptions(const CorpusRow& corpus) {
  return {.format = corpus.format,
          .column = corpus.column,
          .encoding = corpus.encoding,
          .on_invalid = corpus.on_invalid,
          .delimiter = corpus.delimiter,
          .quoting = corpus.quoting,
          .display_name = corpus.file_name};
}

CorpusRow InsertCorpus(Transaction& transaction, const CorpusRow& corpus) {
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO corpora (name, file_name, format, column_name, encoding, on_invalid, "
      "size_bytes, sha256, sample_count, skipped_sample_count, replaced_sample_count, text_bytes, "
      "created_at, uploaded_by, delimiter, quoting, multi_line_sample_count, longest_quote_begin, "
      "longest_quote_end) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (sha256, format, column_name, encoding, on_invalid, delimiter, quoting) "
      "DO NOTHING");
  insert.bind(1, corpus.name);
  insert.bind(2, corpus.file_name);
  insert.bind(3, std::string(CorpusFormatName(corpus.format)));
  insert.bind(4, corpus.column);
  insert.bind(5, corpus.encoding);
  insert.bind(6, OnInvalidName(corpus.on_invalid));
  insert.bind(7, corpus.size_bytes);
  insert.bind(8, corpus.sha256);
  insert.bind(9, corpus.sample_count);
  insert.bind(10, corpus.skipped_sample_count);
  insert.bind(11, corpus.replaced_sample_count);
  insert.bind(12, corpus.text_bytes);
  insert.bind(13, corpus.created_at);
  insert.bind(14, corpus.uploaded_by);
  insert.bind(15, corpus.delimiter);
  insert.bind(16, QuotingName(corpus.quoting));
  insert.bind(17, corpus.multi_line_sample_count);
  insert.bind(18, corpus.longest_quote_begin);
  insert.bind(19, corpus.longest_quote_end);
  insert.exec();
  return *FindStoredCorpus(transaction, corpus.sha256, ReadingOptions(corpus));
}

std::optional<CorpusRow> FindStoredCorpus(Reader& reader, std::string_view sha256,
                                          const CorpusOptions& reading) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kCorpusColumns,
                                       "WHERE sha256 = ? AND format = ? AND column_name = ? AND "
                                       "encoding = ? AND on_invalid = ? AND delimiter = ? AND "
                                       "quoting = ?"));
  query.bind(1, std::string(sha256));
  query.bind(2, std::string(CorpusFormatName(reading.format)));
  query.bind(3, reading.column);
  query.bind(4, reading.encoding);
  query.bind(5, OnInvalidName(reading.on_invalid));
  query.bind(6, reading.delimiter);
  query.bind(7, QuotingName(reading.quoting));
  if (!query.executeStep()) return std::nullopt;
  return ReadCorpusRow(query);
}

absl::StatusOr<CorpusRow> FindCorpus(Reader& reader, std::string_view name) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat(kCorpusColumns, "WHERE name >= ? AND name < ? ORDER BY name"));
  return FindByPrefix<CorpusRow>(reader, "corpora", query, name, Message("CORPUS", "corpus"),
                                 "electra corpus list", ReadCorpusRow);
}

absl::StatusOr<CorpusRow> GetCorpus(Reader& reader, int64_t id) {
  SQLite::Statement query(reader.connection(), absl::StrCat(kCorpusColumns, "WHERE id = ?"));
  query.bind(1, id);
  if (!query.executeStep()) return CorpusDeleted();
  return ReadCorpusRow(query);
}

std::vector<CorpusRow> ListCorpora(Reader& reader, int64_t before_id, int limit) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kCorpusColumns,
                                       "WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC "
                                       "LIMIT ?2"));
  query.bind(1, before_id);
  query.bind(2, limit);
  std::vector<CorpusRow> rows;
  while (query.executeStep()) rows.push_back(ReadCorpusRow(query));
  return rows;
}

absl::Status DeleteCorpus(Transaction& transaction, const CorpusRow& corpus) {
  SQLite::Statement users(transaction.connection(),
                          "SELECT name FROM jobs WHERE (corpus_id = ?1 OR id IN (SELECT job_id "
                          "FROM job_corpora WHERE corpus_id = ?1)) AND state NOT IN "
                          "('SUCCEEDED', 'FAILED', 'CANCELLED') LIMIT 1");
  users.bind(1, corpus.id);
  if (users.executeStep()) {
    return FailedPreconditionError(
        "CORPUS_IN_USE",
        "corpus {corpus} is used by job {job}, which has not ended: cancel it first", corpus.name,
        users.getColumn(0).getString());
  }
  SQLite::Statement remove(transaction.connection(), "DELETE FROM corpora WHERE id = ?");
  remove.bind(1, corpus.id);
  return remove.exec() > 0 ? absl::OkStatus() : CorpusDeleted();
}

int64_t StoredContentBytes(Reader& reader) {
  return reader.connection()
      .execAndGet(
          "SELECT coalesce(sum(size_bytes), 0) FROM "
          "(SELECT DISTINCT sha256, size_bytes FROM corpora)")
      .getInt64();
}

void SettleCorpusSizes(Transaction& transaction, const std::filesystem::path& contents) {
  std::map<std::string, int64_t> sizes;
  SQLite::Statement query(transaction.connection(), "SELECT sha256, size_bytes FROM corpora");
  while (query.executeStep()) {
    std::string sha256 = query.getColumn(0).getString();
    std::error_code error;
    const auto size = static_cast<int64_t>(std::filesystem::file_size(contents / sha256, error));
    if (error || size == query.getColumn(1).getInt64() || sizes.contains(sha256)) continue;
    const absl::StatusOr<std::string> digest = FileSha256Hex(contents / sha256);
    if (digest.ok() && *digest == sha256) sizes[std::move(sha256)] = size;
  }
  SQLite::Statement update(transaction.connection(),
                           "UPDATE corpora SET size_bytes = ? WHERE sha256 = ?");
  for (const auto& [sha256, size] : sizes) {
    update.bind(1, size);
    update.bind(2, sha256);
    update.exec();
    update.reset();
  }
}

std::set<std::string> StoredContents(Reader& reader) {
  return ReadNames(reader, "SELECT DISTINCT sha256 FROM corpora");
}

std::optional<int64_t> FindContentSize(Reader& reader, std::string_view sha256) {
  SQLite::Statement query(reader.connection(),
                          "SELECT size_bytes FROM corpora WHERE sha256 = ? LIMIT 1");
  query.bind(1, std::string(sha256));
  if (!query.executeStep()) return std::nullopt;
  return query.getColumn(0).getInt64();
}

bool IsContentUsed(Reader& reader, std::string_view sha256) {
  return FindContentSize(reader, sha256).has_value();
}

}  // namespace electra::server

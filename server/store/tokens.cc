#include "server/store/tokens.h"

#include <SQLiteCpp/Statement.h>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/clock.h"
#include "server/store/job_sizes.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

constexpr char kTokenColumns[] =
    "SELECT id, name, display_name, role, sha256, certificate, queued_jobs, stored_bytes, "
    "requests_per_second, streams, created_at, expires_at, revoked_at FROM tokens ";

TokenRow ReadTokenRow(SQLite::Statement& query) {
  return {.id = query.getColumn(0).getInt64(),
          .name = query.getColumn(1).getString(),
          .display_name = query.getColumn(2).getString(),
          .role = ParseRole(query.getColumn(3).getString()),
          .sha256 = query.getColumn(4).getString(),
          .certificate = query.getColumn(5).getString(),
          .limits = {.queued_jobs = query.getColumn(6).getInt64(),
                     .stored_bytes = query.getColumn(7).getInt64(),
                     .requests_per_second = query.getColumn(8).getInt64(),
                     .streams = query.getColumn(9).getInt64()},
          .created_at = query.getColumn(10).getInt64(),
          .expires_at = query.getColumn(11).getInt64(),
          .revoked_at = query.getColumn(12).getInt64()};
}

std::vector<TokenRow> ReadAllTokens(SQLite::Statement& query) {
  std::vector<TokenRow> rows;
  while (query.executeStep()) rows.push_back(ReadTokenRow(query));
  return rows;
}

absl::Status CheckCertificateIsFree(Reader& reader, const std::string& certificate) {
  SQLite::Statement query(
      reader.connection(),
      "SELECT name FROM tokens WHERE certificate = ? AND revoked_at IS NULL LIMIT 1");
  query.bind(1, certificate);
  if (certificate.empty() || !query.executeStep()) return absl::OkStatus();
  return AlreadyExistsError("CERTIFICATE_TAKEN",
                            "certificate \"{certificate}\" has token {token} already: revoke that "
                            "one first",
                            certificate, query.getColumn(0).getString());
}

int64_t CountJobsIn(Reader& reader, std::string_view token, const char* states) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat("SELECT count(*) FROM jobs WHERE submitted_by = ? AND state IN ", states));
  query.bind(1, std::string(token));
  query.executeStep();
  return query.getColumn(0).getInt64();
}

}  // namespace

absl::StatusOr<TokenRow> InsertToken(Transaction& transaction, const TokenRow& token) {
  RETURN_IF_ERROR(CheckCertificateIsFree(transaction, token.certificate));
  SQLite::Statement insert(
      transaction.connection(),
      "INSERT INTO tokens (name, display_name, role, sha256, certificate, queued_jobs, "
      "stored_bytes, requests_per_second, streams, created_at, expires_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))");
  insert.bind(1, token.name);
  insert.bind(2, token.display_name);
  insert.bind(3, std::string(RoleName(token.role)));
  insert.bind(4, token.sha256);
  insert.bind(5, token.certificate);
  insert.bind(6, token.limits.queued_jobs);
  insert.bind(7, token.limits.stored_bytes);
  insert.bind(8, token.limits.requests_per_second);
  insert.bind(9, token.limits.streams);
  insert.bind(10, NowMicros());
  insert.bind(11, token.expires_at);
  insert.exec();
  return FindToken(transaction, token.name);
}

absl::StatusOr<TokenRow> FindToken(Reader& reader, std::string_view name) {
  SQLite::Statement query(
      reader.connection(),
      absl::StrCat(kTokenColumns, "WHERE name >= ? AND name < ? ORDER BY name"));
  return FindByPrefix<TokenRow>(reader, "tokens", query, name, Message("TOKEN", "token"),
                                "electra token list", ReadTokenRow);
}

std::vector<TokenRow> ListTokens(Reader& reader, int64_t before_id, int limit) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kTokenColumns,
                                       "WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC "
                                       "LIMIT ?2"));
  query.bind(1, before_id);
  query.bind(2, limit);
  return ReadAllTokens(query);
}

std::vector<TokenRow> ListLiveTokens(Reader& reader) {
  SQLite::Statement query(reader.connection(),
                          absl::StrCat(kTokenColumns, "WHERE revoked_at IS NULL"));
  return ReadAllTokens(query);
}

absl::StatusOr<TokenRow> RevokeToken(Transaction& transaction, std::string_view name) {
  ASSIGN_OR_RETURN(const TokenRow token, FindToken(transaction, name));
  if (token.revoked_at != 0) {
    return FailedPreconditionError("TOKEN_REVOKED_BEFORE", "token {token} was revoked before",
                                   token.name);
  }
  SQLite::Statement update(transaction.connection(),
                           "UPDATE tokens SET revoked_at = ? WHERE id = ?");
  update.bind(1, NowMicros());
  update.bind(2, token.id);
  update.exec();
  return FindToken(transaction, token.name);
}

TokenLimits ReadLimits(Reader& reader, std::string_view token) {
  SQLite::Statement query(reader.connection(), absl::StrCat(kTokenColumns, "WHERE name = ?"));
  query.bind(1, std::string(token));
  return query.executeStep() ? ReadTokenRow(query).limits : kNoLimits;
}

int64_t CountQueuedJobs(Reader& reader, std::string_view token) {
  return CountJobsIn(reader, token, "('QUEUED', 'PAUSED')");
}

int64_t CountEndedJobs(Reader& reader, std::string_view token) {
  return CountJobsIn(reader, token, "('SUCCEEDED', 'FAILED', 'CANCELLED')");
}

int64_t CountStoredBytes(Reader& reader, std::string_view token) {
  SQLite::Statement query(reader.connection(),
                          "SELECT (SELECT coalesce(sum(size_bytes), 0) FROM corpora WHERE "
                          "uploaded_by = ?1) + (SELECT coalesce(sum(size_bytes), 0) FROM models "
                          "WHERE imported_by = ?1) + (SELECT coalesce(sum(size_bytes), 0) FROM "
                          "started_uploads WHERE token = ?1)");
  query.bind(1, std::string(token));
  query.executeStep();
  return query.getColumn(0).getInt64() + CountJobBytes(reader, token);
}

}  // namespace electra::server

// Table tokens. Functions on a reader or transaction that the caller holds; statements throw
// SQLite::Exception, which Database turns into a status.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/database.h"
#include "server/store/token_rights.h"

namespace electra::server {

struct TokenRow {
  int64_t id = 0;
  std::string name;  // public id, without "tokens/"
  std::string display_name;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  std::string sha256;       // of the secret; empty for a certificate
  std::string certificate;  // its common name; empty for a secret
  TokenLimits limits = {};
  int64_t created_at = 0;
  int64_t expires_at = 0;  // 0: never
  int64_t revoked_at = 0;  // 0: not revoked
};

// AlreadyExists: another token that was not revoked has this certificate.
absl::StatusOr<TokenRow> InsertToken(Transaction& transaction, const TokenRow& token);

// By id or unique prefix. NotFound, or InvalidArgument for an ambiguous prefix.
absl::StatusOr<TokenRow> FindToken(Reader& reader, std::string_view name);

// Newest first, the rows with an id below `before_id` (0: all).
std::vector<TokenRow> ListTokens(Reader& reader, int64_t before_id, int limit);

// The tokens that were not revoked.
std::vector<TokenRow> ListLiveTokens(Reader& reader);

// FailedPrecondition: it was revoked before.
absl::StatusOr<TokenRow> RevokeToken(Transaction& transaction, std::string_view name);

// The limits of a token by its whole public id, revoked or not; kNoLimits where there is no such
// token, as where the daemon needs none.
TokenLimits ReadLimits(Reader& reader, std::string_view token);

// How much of its limits a token has used.
int64_t CountQueuedJobs(Reader& reader, std::string_view token);
int64_t CountEndedJobs(Reader& reader, std::string_view token);
// Corpora, models, unfinished uploads, and the bytes of its jobs.
int64_t CountStoredBytes(Reader& reader, std::string_view token);

}  // namespace electra::server

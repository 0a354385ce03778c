// Tokens as an admin sees them: created, listed, revoked, by the service and by `electrad token`.
//
// Free functions; thread-safe like the database.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/access/gate.h"
#include "server/base/resource_names.h"
#include "server/store/database.h"
#include "server/store/row_page.h"
#include "server/store/tokens.h"

namespace electra::server {

// How long a token is valid by default, in seconds.
inline constexpr int64_t kDefaultLifetime = int64_t{90} * 86400;

struct NewToken {
  TokenRow row;
  std::string secret;  // to be shown once; empty for a certificate
};

// `wanted` gives display_name and certificate (UTF-8 without control characters), role, limits (0:
// the default) and expires_at. InvalidArgument with each field that is wrong; AlreadyExists: the
// certificate has one.
absl::StatusOr<NewToken> CreateToken(Database& database, const TokenRow& wanted);
// The same, and the gate knows it.
absl::StatusOr<NewToken> CreateToken(Database& database, Gate& gate, const TokenRow& wanted);

// `name` is a public id, or a unique prefix. NotFound, InvalidArgument.
absl::StatusOr<TokenRow> ReadToken(Database& database, const std::string& name);

// Newest first.
absl::StatusOr<RowPage<TokenRow>> ReadTokenPage(Database& database, const Page& page);

// `name` as above. FailedPrecondition: it was revoked before.
absl::StatusOr<TokenRow> RevokeToken(Database& database, const std::string& name);
// The same, and the gate knows it.
absl::StatusOr<TokenRow> RevokeToken(Database& database, Gate& gate, const std::string& name);

}  // namespace electra::server

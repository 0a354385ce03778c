// Creating a token: what the service and `electrad token create` share.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/store/database.h"
#include "server/store/tokens.h"

namespace electra::server {

struct NewToken {
  TokenRow row;
  std::string secret;  // to be shown once; empty for a certificate
};

// `wanted` gives display_name, role, certificate, limits (0: the default) and expires_at.
// InvalidArgument with each field that is wrong; AlreadyExists: the certificate has one.
absl::StatusOr<NewToken> CreateToken(Database& database, const TokenRow& wanted);

}  // namespace electra::server

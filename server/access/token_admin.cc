#include "server/access/token_admin.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/safe_text.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "server/access/token.h"
#include "server/base/clock.h"
#include "server/base/errors.h"
#include "server/base/log.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

constexpr size_t kMaxDisplayName = 200;
constexpr size_t kMaxCertificate = 64;  // X.520's upper bound of a common name

void SetLimit(const char* field, int64_t fallback, int64_t* limit,
              std::vector<FieldViolation>* violations) {
  if (*limit < 0) {
    violations->push_back(
        {absl::StrCat("limits.", field),
         Message("LIMIT_BELOW_ONE", "{field} is {value}: it must be at least 1", field, *limit)});
  }
  if (*limit == 0) *limit = fallback;
}

// Names are shown on terminals and in logs.
void CheckText(const char* field, const std::string& text,
               std::vector<FieldViolation>* violations) {
  if (EscapeActive(text) == text) return;
  violations->push_back(
      {field, Message("CONTROL_CHARACTERS",
                      "{field} is \"{value}\": it must be UTF-8 without control characters", field,
                      EscapeActive(Utf8Excerpt(text, 64)))});
}

std::vector<FieldViolation> Check(TokenRow* token) {
  std::vector<FieldViolation> violations;
  CheckText("display_name", token->display_name, &violations);
  CheckText("certificate", token->certificate, &violations);
  if (token->display_name.size() > kMaxDisplayName) {
    violations.push_back({"display_name", TooManyBytes("display_name", token->display_name.size(),
                                                       kMaxDisplayName)});
  }
  if (token->certificate.size() > kMaxCertificate) {
    violations.push_back(
        {"certificate", Message("CERTIFICATE_TOO_LONG",
                                "certificate has {bytes} bytes: a common name has at most {limit}",
                                token->certificate.size(), kMaxCertificate)});
  }
  if (ParseRole(RoleName(token->role)) == v1::ROLE_UNSPECIFIED) {
    violations.push_back(
        {"role", Message("UNKNOWN_ROLE", "role must be one of viewer, submitter, admin")});
  }
  if (token->expires_at != 0 && token->expires_at <= NowMicros()) {
    violations.push_back(
        {"expire_time", Message("EXPIRE_TIME_PAST", "expire_time is in the past")});
  }
  const TokenLimits defaults;
  TokenLimits& limits = token->limits;
  SetLimit("queued_jobs", defaults.queued_jobs, &limits.queued_jobs, &violations);
  SetLimit("stored_bytes", defaults.stored_bytes, &limits.stored_bytes, &violations);
  SetLimit("requests_per_second", defaults.requests_per_second, &limits.requests_per_second,
           &violations);
  SetLimit("streams", defaults.streams, &limits.streams, &violations);
  return violations;
}

}  // namespace

absl::StatusOr<NewToken> CreateToken(Database& database, const TokenRow& wanted) {
  NewToken token{.row = wanted};
  const std::vector<FieldViolation> violations = Check(&token.row);
  if (!violations.empty()) return FieldViolations(violations);
  token.row.name = MakeName();
  if (token.row.certificate.empty()) {
    token.secret = MakeTokenText(token.row.name);
    token.row.sha256 = HashToken(token.secret);
  }
  ASSIGN_OR_RETURN(token.row, database.Write<TokenRow>([&](Transaction& transaction) {
    return InsertToken(transaction, token.row);
  }));
  return token;
}

absl::StatusOr<NewToken> CreateToken(Database& database, Gate& gate, const TokenRow& wanted) {
  absl::MutexLock lock(&gate.changes());
  ASSIGN_OR_RETURN(NewToken token, CreateToken(database, wanted));
  gate.Add(token.row);
  Log(LogLevel::kInfo, "token_created",
      {{"token", token.row.name}, {"role", std::string(RoleName(token.row.role))}});
  return token;
}

absl::StatusOr<TokenRow> ReadToken(Database& database, const std::string& name) {
  return database.Read<TokenRow>([&](Reader& reader) { return FindToken(reader, name); });
}

absl::StatusOr<RowPage<TokenRow>> ReadTokenPage(Database& database, const Page& page) {
  return ReadRowPage<TokenRow>(database, page, ListTokens);
}

absl::StatusOr<TokenRow> RevokeToken(Database& database, const std::string& name) {
  return database.Write<TokenRow>(
      [&](Transaction& transaction) { return RevokeToken(transaction, name); },
      OnFullDisk::kUseReserve);
}

absl::StatusOr<TokenRow> RevokeToken(Database& database, Gate& gate, const std::string& name) {
  absl::MutexLock lock(&gate.changes());
  ASSIGN_OR_RETURN(TokenRow token, RevokeToken(database, name));
  gate.Forget(token.name);
  Log(LogLevel::kInfo, "token_revoked", {{"token", token.name}});
  return token;
}

}  // namespace electra::server

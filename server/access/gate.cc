#include "server/access/gate.h"

#include <algorithm>
#include <utility>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/access/token.h"

namespace electra::server {
namespace {

// For all callers together. A watcher holds a page of events at most.
constexpr int64_t kMostStreams = 1024;

absl::Status TokenMissing() {
  return UnauthenticatedError("TOKEN_MISSING",
                              "this server needs a token: `electra login` keeps one, and "
                              "ELECTRA_TOKEN holds one for a script");
}

absl::Status TokenUnknown() {
  return UnauthenticatedError(
      "TOKEN_UNKNOWN",
      "the token is not one that this server gave: ask its admin for a new one, and keep it with "
      "`electra login`, or in ELECTRA_TOKEN where that is set");
}

bool IsExpired(const TokenRow& token, int64_t now) {
  return token.expires_at != 0 && token.expires_at <= now;
}

absl::Status TokenExpired(const TokenRow& token) {
  return UnauthenticatedError(
      "TOKEN_EXPIRED",
      "token {token} has expired: ask the server's admin for a new one, and keep it with `electra "
      "login`, or in ELECTRA_TOKEN where that is set",
      token.name);
}

absl::Status CheckRole(const Caller& caller, const MethodPolicy& policy) {
  if (caller.role >= policy.role) return absl::OkStatus();
  const std::string method(policy.method.substr(policy.method.rfind('.') + 1));
  return PermissionDeniedError("ROLE_TOO_LOW",
                               "{method} needs the role {role}; token {token} is a {own_role}",
                               method, RoleName(policy.role), caller.token, RoleName(caller.role));
}

}  // namespace

StreamPermit::StreamPermit(StreamPermit&& other) noexcept
    : gate_(std::exchange(other.gate_, nullptr)), caller_(std::move(other.caller_)) {}

StreamPermit::~StreamPermit() {
  if (gate_ != nullptr) gate_->ReleaseStream(caller_.token);
}

absl::Status StreamPermit::Check() const { return gate_->CheckIsValid(caller_.token); }

Gate::Gate(Options options, std::vector<TokenRow> tokens) : options_(std::move(options)) {
  for (TokenRow& token : tokens) Add(std::move(token));
}

void Gate::Add(TokenRow token) {
  const TokenBucket bucket(token.limits.requests_per_second);
  std::string name = token.name;
  absl::MutexLock lock(&mutex_);
  entries_.emplace(std::move(name), Entry{.row = std::move(token), .bucket = bucket});
}

void Gate::Forget(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  entries_.erase(name);
}

absl::StatusOr<Gate::Entry*> Gate::FindByToken(const std::string& text) {
  const std::optional<std::string> id = TokenId(text);
  if (!id) return TokenUnknown();
  const std::string hash = HashToken(text);
  const auto entry = entries_.find(*id);
  if (entry == entries_.end() || !IsSameHash(entry->second.row.sha256, hash)) {
    return TokenUnknown();
  }
  return &entry->second;
}

absl::StatusOr<Gate::Entry*> Gate::Find(const Credentials& credentials) {
  constexpr std::string_view kBearer = "Bearer ";
  if (credentials.authorization.size() > 1) return TokenUnknown();
  if (!credentials.authorization.empty()) {
    const std::string& value = credentials.authorization.front();
    if (!std::string_view(value).starts_with(kBearer)) return TokenUnknown();
    return FindByToken(value.substr(kBearer.size()));
  }
  if (credentials.certificate.empty()) return TokenMissing();
  for (auto& [name, entry] : entries_) {
    if (entry.row.certificate == credentials.certificate) return &entry;
  }
  return UnauthenticatedError("CERTIFICATE_UNKNOWN",
                              "the client certificate \"{certificate}\" has no role here: an admin "
                              "gives it one with `electra token create --certificate`",
                              credentials.certificate);
}

absl::StatusOr<Caller> Gate::Admit(const Credentials& credentials, const MethodPolicy& policy) {
  if (!options_.demands_tokens) {
    return Caller{.role = v1::ADMIN, .limits = kNoLimits, .peer = credentials.peer};
  }
  const int64_t now = options_.now_micros();
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Entry* const entry, Find(credentials));
  const TokenRow& token = entry->row;
  if (IsExpired(token, now)) return TokenExpired(token);
  if (!entry->bucket.Take(now)) {
    return ResourceExhaustedError(
        "RATE_LIMITED",
        "token {token} may make {limit} requests a second: wait, and ask less often", token.name,
        token.limits.requests_per_second);
  }
  Caller caller{
      .token = token.name, .role = token.role, .limits = token.limits, .peer = credentials.peer};
  RETURN_IF_ERROR(CheckRole(caller, policy));
  return caller;
}

absl::StatusOr<StreamPermit> Gate::AdmitStream(const Credentials& credentials,
                                               const MethodPolicy& policy) {
  ASSIGN_OR_RETURN(Caller caller, Admit(credentials, policy));
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(caller.token);  // absent where no token is needed
  const int64_t own = entry == entries_.end() ? 0 : entry->second.streams;
  if (own >= caller.limits.streams || streams_ >= kMostStreams) {
    const int64_t most = std::min(caller.limits.streams, kMostStreams);
    return ResourceExhaustedError(
        "STREAM_LIMIT",
        "at most {limit} uploads and watchers are served at once: end another first", most);
  }
  ++streams_;
  if (entry != entries_.end()) ++entry->second.streams;
  return StreamPermit(*this, std::move(caller));
}

absl::Status Gate::CheckIsValid(const std::string& token) const {
  if (!options_.demands_tokens) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(token);
  if (entry == entries_.end()) {
    return UnauthenticatedError("TOKEN_REVOKED", "token {token} was revoked", token);
  }
  if (IsExpired(entry->second.row, options_.now_micros())) return TokenExpired(entry->second.row);
  return absl::OkStatus();
}

void Gate::ReleaseStream(const std::string& token) {
  absl::MutexLock lock(&mutex_);
  --streams_;
  const auto entry = entries_.find(token);
  if (entry != entries_.end()) --entry->second.streams;
}

bool Gate::has_live_admin() const {
  const int64_t now = options_.now_micros();
  absl::MutexLock lock(&mutex_);
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return entry.second.row.role == v1::ADMIN && !IsExpired(entry.second.row, now);
  });
}

}  // namespace electra::server

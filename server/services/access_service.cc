#include "server/services/access_service.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/access/token_admin.h"
#include "server/base/clock.h"
#include "server/base/resource_names.h"
#include "server/store/tokens.h"

namespace electra::server {
namespace {

constexpr PageLimits kTokenPages = {.default_size = 50, .max_size = 1000};

v1::Token ToProto(const TokenRow& row) {
  v1::Token token;
  token.set_name(absl::StrCat("tokens/", row.name));
  token.set_display_name(row.display_name);
  token.set_role(row.role);
  token.set_certificate(row.certificate);
  v1::TokenLimits& limits = *token.mutable_limits();
  limits.set_queued_jobs(row.limits.queued_jobs);
  limits.set_stored_bytes(row.limits.stored_bytes);
  limits.set_requests_per_second(row.limits.requests_per_second);
  limits.set_streams(row.limits.streams);
  *token.mutable_create_time() = ToTimestamp(row.created_at);
  if (row.expires_at != 0) *token.mutable_expire_time() = ToTimestamp(row.expires_at);
  if (row.revoked_at != 0) *token.mutable_revoke_time() = ToTimestamp(row.revoked_at);
  return token;
}

// Microseconds since 1970; 0: never.
int64_t ExpiryOf(const v1::CreateTokenRequest& request) {
  // Beyond the year 10000 is not representable in a Timestamp: no overflow.
  constexpr int64_t kLast = 253'402'300'799;
  int64_t seconds = request.expire_time().seconds();
  if (request.has_ttl()) {
    const int64_t ttl = request.ttl().seconds();
    seconds =
        NowMicros() / 1'000'000 + (ttl == 0 ? kDefaultLifetime : std::clamp(ttl, -kLast, kLast));
  } else if (!request.has_expire_time()) {
    return 0;
  }
  return std::clamp<int64_t>(seconds, 1, kLast) * 1'000'000;
}

TokenRow Wanted(const v1::CreateTokenRequest& request) {
  return {.display_name = request.display_name(),
          .role = request.role(),
          .certificate = request.certificate(),
          .limits = {.queued_jobs = request.limits().queued_jobs(),
                     .stored_bytes = request.limits().stored_bytes(),
                     .requests_per_second = request.limits().requests_per_second(),
                     .streams = request.limits().streams()},
          .expires_at = ExpiryOf(request)};
}

}  // namespace

grpc::ServerUnaryReactor* AccessService::GetCaller(grpc::CallbackServerContext* context,
                                                   const v1::GetCallerRequest* request,
                                                   v1::Caller* response) {
  const auto work = [=, this](const Caller& caller) -> absl::Status {
    response->set_role(caller.role);
    if (caller.token.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const TokenRow row, ReadToken(database_, caller.token));
    *response->mutable_token() = ToProto(row);
    return absl::OkStatus();
  };
  return RunUnary(calls_, context, request, response, work);
}

grpc::ServerUnaryReactor* AccessService::CreateToken(grpc::CallbackServerContext* context,
                                                     const v1::CreateTokenRequest* request,
                                                     v1::CreateTokenResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const NewToken token, server::CreateToken(database_, gate_, Wanted(*request)));
    *response->mutable_token() = ToProto(token.row);
    response->set_secret(token.secret);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AccessService::ListTokens(grpc::CallbackServerContext* context,
                                                    const v1::ListTokensRequest* request,
                                                    v1::ListTokensResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const Page page,
                     ParsePage(request->page_size(), request->page_token(), kTokenPages, "tokens"));
    ASSIGN_OR_RETURN(const RowPage<TokenRow> tokens, ReadTokenPage(database_, page));
    for (const TokenRow& row : tokens.rows) *response->add_tokens() = ToProto(row);
    if (tokens.next != 0) response->set_next_page_token(NextPageToken("tokens", tokens.next));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AccessService::RevokeToken(grpc::CallbackServerContext* context,
                                                     const v1::RevokeTokenRequest* request,
                                                     v1::Token* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request->name(), "tokens"));
    ASSIGN_OR_RETURN(const TokenRow row, server::RevokeToken(database_, gate_, name));
    *response = ToProto(row);
    return absl::OkStatus();
  });
}

}  // namespace electra::server

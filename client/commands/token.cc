#include <map>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/commands/confirm.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/rpc/job_list.h"
#include "client/rpc/json_output.h"
#include "client/rpc/pages.h"
#include "client/shell/list_output.h"
#include "client/text/visible_text.h"
#include "electra/v1/access.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace electra::client {
namespace {

// Where none is said, and the server is older than its default: it knows no ttl, and would give a
// token that never expires.
constexpr int64_t kExpiresIn = int64_t{90} * 86400;

struct CreateTokenOptions {
  std::string role;
  std::string name;
  std::string certificate;
  std::optional<int64_t> expires_in;  // seconds; 0: never; none: the server's default
  int64_t queued_jobs = 0;            // limits; 0: the server's default
  int64_t stored_bytes = 0;
  int64_t requests_per_second = 0;
  int64_t streams = 0;
};

struct RevokeTokenOptions {
  std::string token;
  Confirmation confirmation = Confirmation::kAsk;
};

ExitCode CreateToken(CommandContext& context, const CreateTokenOptions& options) {
  v1::CreateTokenRequest request;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  v1::Role_Parse(absl::AsciiStrToUpper(options.role), &role);
  request.set_role(role);
  request.set_display_name(options.name);
  request.set_certificate(options.certificate);
  if (!options.expires_in) request.mutable_ttl();
  if (const int64_t seconds = options.expires_in.value_or(kExpiresIn); seconds != 0) {
    const absl::Time expires = context.environment.now() + absl::Seconds(seconds);
    request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(expires));
  }
  request.mutable_limits()->set_queued_jobs(options.queued_jobs);
  request.mutable_limits()->set_stored_bytes(options.stored_bytes);
  request.mutable_limits()->set_requests_per_second(options.requests_per_second);
  request.mutable_limits()->set_streams(options.streams);
  v1::CreateTokenResponse response;
  const grpc::Status status = context.connection.Call(request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), response);
    return ExitCode::kDone;
  }
  const std::string expires =
      response.token().has_expire_time() ? FormatRfc3339(response.token().expire_time()) : "-";
  // Only the secret on standard output, for $(electra token create ...).
  *context.environment.err.stream << absl::Substitute(context.labels().token_created,
                                                      Visible(response.token().name()),
                                                      options.role, expires)
                                  << "\n";
  if (!response.secret().empty()) {
    *context.environment.err.stream << context.labels().token_shown_once << "\n";
    context.out() << Visible(response.secret()) << "\n";
  }
  return ExitCode::kDone;
}

ExitCode ListTokens(CommandContext& context) {
  const Labels& labels = context.labels();
  ListOutput list(context, {{labels.token},
                            {labels.name},
                            {labels.role},
                            {labels.certificate},
                            {labels.created},
                            {labels.expires},
                            {labels.revoked}});
  const auto time = [&](bool has, const google::protobuf::Timestamp& value) {
    return has ? ListTime(context, value) : std::string();
  };
  const grpc::Status status = ForEachPage<v1::ListTokensResponse>(
      context.connection, v1::ListTokensRequest(), [&](const v1::ListTokensResponse& response) {
        for (const v1::Token& token : response.tokens()) {
          list.Add(token, {token.name(), token.display_name(),
                           absl::AsciiStrToLower(v1::Role_Name(token.role())), token.certificate(),
                           ListTime(context, token.create_time()),
                           time(token.has_expire_time(), token.expire_time()),
                           time(token.has_revoke_time(), token.revoke_time())});
        }
        return true;
      });
  if (!status.ok()) return context.Fail(status);
  list.Finish();
  return ExitCode::kDone;
}

// Finds the whole name of the one token with the prefix `name`, and its display name. Without one,
// or with several, both stay unchanged: the server reports the error.
grpc::Status FindToken(CommandContext& context, std::string* name, std::string* display_name) {
  std::vector<v1::Token> found;
  grpc::Status status = ForEachPage<v1::ListTokensResponse>(
      context.connection, v1::ListTokensRequest(), [&](const v1::ListTokensResponse& response) {
        for (const v1::Token& token : response.tokens()) {
          if (absl::StartsWith(token.name(), *name)) found.push_back(token);
        }
        return found.size() < 2;
      });
  if (status.ok() && found.size() == 1) {
    *name = found.front().name();
    *display_name = found.front().display_name();
  }
  return status;
}

CallOutcome ConfirmToken(CommandContext& context, std::string* name, bool* confirmed) {
  CallOutcome outcome;
  std::string display_name;
  outcome.remote = FindToken(context, name, &display_name);
  if (!outcome.ok()) return outcome;
  return ConfirmReferred(
      context, *name, absl::StrCat("submitted_by=", FilterValue(*name)),
      Say(kPhrases.confirm_token, Visible(*name), Visible(display_name)).In(context.language),
      confirmed);
}

ExitCode RevokeToken(CommandContext& context, const RevokeTokenOptions& options) {
  v1::RevokeTokenRequest request;
  request.set_name(absl::StartsWith(options.token, "tokens/")
                       ? options.token
                       : absl::StrCat("tokens/", options.token));
  if (options.confirmation == Confirmation::kAsk) {
    bool confirmed = false;
    const CallOutcome asked = ConfirmToken(context, request.mutable_name(), &confirmed);
    if (!asked.ok()) return context.Fail(asked);
    if (!confirmed) {
      context.out() << Say(kPhrases.not_revoked, Visible(request.name())).In(context.language)
                    << "\n";
      return ExitCode::kDone;
    }
  }
  v1::Token token;
  const grpc::Status status = context.connection.Call(request, &token);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), token);
  } else {
    context.out() << absl::Substitute(context.labels().token_revoked, Visible(token.name()))
                  << "\n";
  }
  return ExitCode::kDone;
}

void AddCreate(Command& token) {
  auto options = std::make_shared<CreateTokenOptions>();
  Command create = token.AddCommand("create", "Create a token and print it, once");
  create
      .AddOption("--role", options->role,
                 "viewer: read everything; submitter: also upload, submit, and change its own jobs "
                 "and corpora; admin: change everything")
      .OneOf({"viewer", "submitter", "admin"})
      .ValueName("TEXT")
      .Required();
  create.AddOption("--name", options->name, "Display name of the token").ValueName("TEXT");
  create
      .AddOption("--expires", options->expires_in,
                 "Lifetime, such as 12h, 90d or 52w; 0: never expires (default: the server's)")
      .WithUnit({{"h", 3600}, {"d", 86400}, {"w", 7 * 86400}})
      .Between(0, int64_t{100} * 366 * 86400)
      .ValueName("TIME");
  create
      .AddOption("--certificate", options->certificate,
                 "Common name of client certificates to accept instead of a secret")
      .ValueName("NAME");
  create
      .AddOption("--queued-jobs", options->queued_jobs,
                 "Maximum number of queued jobs (default 100)")
      .Positive();
  create
      .AddOption("--stored-bytes", options->stored_bytes,
                 "Maximum storage on the server, such as 20GB (default 100GB)")
      .AsSize()
      .Positive();
  create
      .AddOption("--requests-per-second", options->requests_per_second,
                 "Maximum requests per second, twice as many in a burst (default 50)")
      .Positive();
  create
      .AddOption("--streams", options->streams,
                 "Maximum number of simultaneous uploads and watchers (default 32)")
      .Positive();
  create.Footer(
      "Example:\n"
      "  electra token create --role submitter --name ann --expires 90d\n"
      "  electra token create --role viewer --certificate dashboard");
  create.Runs([options](CommandContext& context) { return CreateToken(context, *options); });
}

}  // namespace

void AddToken(Command& program) {
  Command command = program.AddCommand("token", "Create, list and revoke tokens (admins only)");
  command.Footer(
      "Create the first admin's token on the server while the daemon is stopped:\n"
      "  electrad token create --role admin\n\n"
      "Example:\n"
      "  electra token create --role submitter --name ann\n"
      "  electra token list\n"
      "  electra token revoke tokens/5d1c");
  AddCreate(command);
  Command list = command.AddCommand("list", "List all tokens, newest first");
  list.Footer("Example:\n  electra token list");
  list.Runs(ListTokens);
  auto options = std::make_shared<RevokeTokenOptions>();
  Command revoke = command.AddCommand("revoke", "Revoke a token, effective at once");
  revoke.AddOption("TOKEN", options->token, "Token ID, or the beginning of one").Required();
  AddYesFlag(revoke, options->confirmation);
  revoke.Footer(
      "Example:\n"
      "  electra token revoke tokens/5d1c\n"
      "  electra token revoke --yes 5d1c");
  revoke.Runs([options](CommandContext& context) { return RevokeToken(context, *options); });
  command.RequireCommand();
}

}  // namespace electra::client

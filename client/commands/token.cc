#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/rpc/json_output.h"
#include "client/shell/list_output.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

ExitCode CreateToken(CommandContext& context, const CreateTokenOptions& options) {
  v1::CreateTokenRequest request;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  v1::Role_Parse(absl::AsciiStrToUpper(options.role), &role);
  request.set_role(role);
  request.set_display_name(options.name);
  request.set_certificate(options.certificate);
  if (options.expires_in != 0) {
    const absl::Time expires = context.environment.now() + absl::Seconds(options.expires_in);
    request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(expires));
  }
  request.mutable_limits()->set_queued_jobs(options.queued_jobs);
  request.mutable_limits()->set_stored_bytes(options.stored_bytes);
  request.mutable_limits()->set_requests_per_second(options.requests_per_second);
  request.mutable_limits()->set_streams(options.streams);
  v1::CreateTokenResponse response;
  const grpc::Status status = context.connection.Call(
      context.connection.access(), &v1::AccessService::Stub::CreateToken, request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), response);
    return ExitCode::kDone;
  }
  // The secret alone on standard output, for $(electra token create ...).
  *context.environment.err.stream << absl::Substitute(context.labels().token_created,
                                                      Visible(response.token().name()),
                                                      options.role)
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
      v1::ListTokensRequest(),
      [&](const v1::ListTokensRequest& page, v1::ListTokensResponse* response) {
        return context.connection.Call(context.connection.access(),
                                       &v1::AccessService::Stub::ListTokens, page, response);
      },
      [&](const v1::ListTokensResponse& response) {
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

ExitCode RevokeToken(CommandContext& context, const std::string& given) {
  v1::RevokeTokenRequest request;
  request.set_name(absl::StartsWith(given, "tokens/") ? given : absl::StrCat("tokens/", given));
  v1::Token token;
  const grpc::Status status = context.connection.Call(
      context.connection.access(), &v1::AccessService::Stub::RevokeToken, request, &token);
  if (!status.ok()) return context.Fail(status);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), token);
  } else {
    context.out() << absl::Substitute(context.labels().token_revoked, Visible(token.name()))
                  << "\n";
  }
  return ExitCode::kDone;
}

void AddCreate(CLI::App& token, const std::shared_ptr<CreateTokenOptions>& options) {
  CLI::App* create = token.add_subcommand("create", "Make a token and print it, once");
  create
      ->add_option("--role", options->role,
                   "viewer reads everything; submitter uploads and submits too, and changes what "
                   "is its own; admin changes everything")
      ->check(CLI::IsMember({"viewer", "submitter", "admin"}))
      ->required();
  create->add_option("--name", options->name, "Whose it is, for people")->type_name("TEXT");
  create
      ->add_option("--expires", options->expires_in,
                   "After how long, as in 12h, 90d, 52w; 0: never; 90d if not given")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, int64_t>{{"h", 3600}, {"d", 86400}, {"w", 7 * 86400}}))
      ->check(CLI::Range(int64_t{0}, int64_t{100} * 366 * 86400))
      ->type_name("TIME");
  create
      ->add_option("--certificate", options->certificate,
                   "Instead of a secret: the common name of client certificates")
      ->type_name("NAME");
  create
      ->add_option("--queued-jobs", options->queued_jobs, "Of its jobs, at once; 100 if not given")
      ->check(CLI::PositiveNumber);
  create
      ->add_option("--stored-bytes", options->stored_bytes,
                   "Of its corpora, as in 20GB; 100GB if not given")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->check(CLI::PositiveNumber);
  create
      ->add_option("--requests-per-second", options->requests_per_second,
                   "Twice as many in a burst; 50 if not given")
      ->check(CLI::PositiveNumber);
  create->add_option("--streams", options->streams, "Uploads and watchers at once; 32 if not given")
      ->check(CLI::PositiveNumber);
  create->footer(
      "Example:\n"
      "  electra token create --role submitter --name ann --expires 90d\n"
      "  electra token create --role viewer --certificate dashboard");
}

}  // namespace

void AddToken(CLI::App& app, Runner& runner) {
  CLI::App* command =
      app.add_subcommand("token", "Create, list or revoke tokens; an admin's command");
  command->footer(
      "The first admin's token is made on the server, while the daemon does not run:\n"
      "  electrad token create --role admin\n\n"
      "Example:\n"
      "  electra token create --role submitter --name ann\n"
      "  electra token list\n"
      "  electra token revoke tokens/5d1c");
  auto options = std::make_shared<CreateTokenOptions>();
  AddCreate(*command, options);
  command->get_subcommand("create")->callback([options, &runner] {
    runner = [options](CommandContext& context) { return CreateToken(context, *options); };
  });
  CLI::App* list = command->add_subcommand("list", "All tokens, newest first");
  list->footer("Example:\n  electra token list");
  list->callback([&runner] { runner = ListTokens; });
  auto name = std::make_shared<std::string>();
  CLI::App* revoke = command->add_subcommand("revoke", "Make a token worthless, at once");
  revoke->add_option("TOKEN", *name, "The token: tokens/ID, ID, or how ID begins")->required();
  revoke->footer("Example:\n  electra token revoke tokens/5d1c");
  revoke->callback([name, &runner] {
    runner = [name](CommandContext& context) { return RevokeToken(context, *name); };
  });
  command->require_subcommand(1);
  for (CLI::App* sub : command->get_subcommands({})) sub->fallthrough();
}

}  // namespace electra::client

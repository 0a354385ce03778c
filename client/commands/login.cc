#include <filesystem>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/commands/commands.h"
#include "client/i18n/message_values.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "client/settings/credentials.h"
#include "client/text/format.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"
#include "electra/v1/access.pb.h"

namespace electra::client {
namespace {

// So that the file means the same wherever it is read from.
void MakeAbsolute(std::string& path) {
  std::error_code ignored;
  if (!path.empty()) path = std::filesystem::absolute(path, ignored).string();
}

// Asks the user for a token, unless there is a certificate.
absl::StatusOr<Access> AccessToKeep(CommandContext& context) {
  Access access = context.access;
  MakeAbsolute(access.ca);
  MakeAbsolute(access.certificate);
  MakeAbsolute(access.key);
  access.token.clear();
  if (!access.certificate.empty()) return access;
  ASSIGN_OR_RETURN(const std::string secret,
                   context.environment.read_secret(absl::Substitute(
                       context.labels().token_prompt, Visible(context.connection.target()))));
  access.token = std::string(absl::StripAsciiWhitespace(secret));
  for (const char c : access.token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) access.token.clear();
  }
  if (access.token.empty()) {
    return LocalError(absl::StatusCode::kInvalidArgument, kPhrases.no_token);
  }
  return access;
}

std::string RoleText(v1::Role role) { return absl::AsciiStrToLower(v1::Role_Name(role)); }

ExitCode RunLogin(CommandContext& context) {
  const absl::StatusOr<Access> access = AccessToKeep(context);
  if (!access.ok()) return context.Fail(access.status());
  const std::string& server = context.connection.target();
  const absl::StatusOr<Security> security = MakeSecurity(server, *access);
  if (!security.ok()) return context.Fail(security.status());
  Connection connection({.target = server,
                         .timeout = context.connection.timeout(),
                         .interruption = context.environment.interruption,
                         .security = *security,
                         .proxy = context.connection.proxy(),
                         .trace_parent = context.connection.trace_parent()});
  v1::Caller caller;
  const grpc::Status status = connection.Call(v1::GetCallerRequest(), &caller);
  if (!status.ok()) return context.Fail(status);
  const CredentialsFile file(context.environment.variable);
  if (absl::Status saved = file.Save(server, *access); !saved.ok()) return context.Fail(saved);
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), caller);
    return ExitCode::kDone;
  }
  const std::string expires =
      caller.token().has_expire_time() ? FormatRfc3339(caller.token().expire_time()) : "-";
  context.out() << absl::Substitute(context.labels().logged_in, Visible(server),
                                    RoleText(caller.role()), expires, Visible(file.path()))
                << "\n";
  return ExitCode::kDone;
}

ExitCode RunLogout(CommandContext& context) {
  const CredentialsFile file(context.environment.variable);
  const absl::StatusOr<bool> removed = file.Remove(context.connection.target());
  if (!removed.ok()) return context.Fail(removed.status());
  const Labels& labels = context.labels();
  context.out() << absl::Substitute(*removed ? labels.logged_out : labels.not_logged_in,
                                    Visible(context.connection.target()))
                << "\n";
  return ExitCode::kDone;
}

}  // namespace

void AddLogin(Command& program) {
  Command command = program.AddCommand(
      "login", "Store a server's token or client certificate in a file that only you can read");
  command.Footer(
      "Reads the token from the terminal or from standard input, and checks it with the server "
      "before\n"
      "storing it. --ca, --cert, --key and --tls are stored with it.\n\n"
      "Example:\n"
      "  electra login --server gpu1:50551 --ca ca.pem\n"
      "  electra login --server gpu1:50551 --ca ca.pem < token.txt\n"
      "  electra login --server gpu1:50551 --ca ca.pem --cert ann.pem --key ann.key");
  command.Runs(RunLogin);
  Command logout = program.AddCommand("logout", "Remove what `electra login` stored for a server");
  logout.Footer("Example:\n  electra logout --server gpu1:50551");
  logout.Runs(RunLogout);
}

}  // namespace electra::client

#include "client/cli.h"

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/connection.h"
#include "client/credentials.h"
#include "client/locale.h"
#include "client/render/visible_text.h"

namespace electra::client {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:50551";
constexpr double kLongestTimeout = 86400;

constexpr char kFooter[] =
    "Example:\n"
    "  electra submit --corpus books.csv --column text --model small --watch\n\n"
    "Environment:\n"
    "  ELECTRA_SERVER   the server where --server is not given\n"
    "  ELECTRA_TOKEN    the token, instead of the one that `electra login` kept\n"
    "  NO_COLOR         no colours on a terminal\n"
    "  LC_ALL, LC_MESSAGES, LANG   Korean where the first that is set begins with ko\n\n"
    "Exit status:\n"
    "  0 done, 1 the watched job failed or was cancelled, 2 usage or a local file,\n"
    "  3 the server said no, 4 no server, 130 interrupted\n\n"
    "`electra COMMAND --help` explains a command.";

struct GlobalOptions {
  std::string server;
  std::string language;
  double timeout_seconds = 30;
  OutputFormat format = OutputFormat::kText;
  Access access;
};

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--server", options.server,
                 absl::StrCat("The server; else ELECTRA_SERVER, else ", kDefaultServer))
      ->type_name("HOST:PORT");
  app.add_option("--lang", options.language, "Language of labels; else the locale's")
      ->type_name("ko|en")
      ->check(CLI::IsMember({"ko", "en"}));
  app.add_flag_callback(
      "--json", [&options] { options.format = OutputFormat::kJson; },
      "One JSON object a line instead of text");
  app.add_option("--timeout", options.timeout_seconds, "How long an answer may take")
      ->type_name("SECONDS")
      ->capture_default_str();
  app.add_flag_callback(
      "--tls", [&options] { options.access.transport = Transport::kTls; },
      "TLS to this machine too; to others it is the default");
  app.add_flag_callback(
      "--insecure", [&options] { options.access.transport = Transport::kPlain; },
      "No TLS: everyone on the way can read and change what is sent");
  app.add_option("--ca", options.access.ca,
                 "Who signs the server's certificate, PEM; else the system's authorities")
      ->type_name("FILE");
  app.add_option("--cert", options.access.certificate, "A certificate of yours, PEM, for a token")
      ->type_name("FILE");
  app.add_option("--key", options.access.key, "Its private key, PEM")->type_name("FILE");
  app.set_version_flag("--version", std::string("electra ") + ELECTRA_VERSION,
                       "Show the version and leave");
}

void AddCommands(CLI::App& app, Runner& runner) {
  AddSubmit(app, runner);
  AddWatch(app, runner);
  AddJobs(app, runner);
  AddHistory(app, runner);
  AddJob(app, runner);
  AddCancel(app, runner);
  AddPause(app, runner);
  AddResume(app, runner);
  AddSamples(app, runner);
  AddMetrics(app, runner);
  AddCompare(app, runner);
  AddJobLabels(app, runner);
  AddDelete(app, runner);
  AddCorpora(app, runner);
  AddModels(app, runner);
  AddModel(app, runner);
  AddHyperparameters(app, runner);
  AddStatus(app, runner);
  AddGc(app, runner);
  AddLogin(app, runner);
  AddToken(app, runner);
  app.require_subcommand(1);
  // Global options are understood before and after the command.
  for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
}

absl::StatusOr<std::string> ChooseServer(const GlobalOptions& options,
                                         const Environment& environment) {
  std::string server = options.server;
  if (server.empty()) server = environment.variable("ELECTRA_SERVER").value_or("");
  if (server.empty()) server = kDefaultServer;
  if (absl::Status status = CheckTarget(server); !status.ok()) return status;
  return server;
}

// What is given with this call wins over what `electra login` kept of the server.
absl::StatusOr<Access> ChooseAccess(const GlobalOptions& options, const std::string& server,
                                    const Environment& environment) {
  absl::StatusOr<Access> access = CredentialsFile(environment.variable).Find(server);
  if (!access.ok()) return access.status();
  const Access& given = options.access;
  if (given.transport != Transport::kDefault) access->transport = given.transport;
  if (!given.ca.empty()) access->ca = given.ca;
  if (!given.certificate.empty() || !given.key.empty()) {
    access->certificate = given.certificate;
    access->key = given.key;
    access->token.clear();
  }
  const std::string token = environment.variable("ELECTRA_TOKEN").value_or("");
  if (!token.empty()) access->token = token;
  return access;
}

ExitCode RunParsed(const GlobalOptions& options, const Runner& runner, Environment& environment) {
  const auto usage_error = [&](const absl::Status& status) {
    return Report(environment.err, LocalFailure(status));
  };
  const absl::StatusOr<std::string> server = ChooseServer(options, environment);
  if (!server.ok()) return usage_error(server.status());
  // False for NaN as well.
  if (!(options.timeout_seconds > 0 && options.timeout_seconds <= kLongestTimeout)) {
    return usage_error(absl::InvalidArgumentError(
        absl::StrCat("--timeout ", options.timeout_seconds, ": more than 0 and at most ",
                     kLongestTimeout, " seconds are possible")));
  }
  const absl::StatusOr<Access> access = ChooseAccess(options, *server, environment);
  if (!access.ok()) return usage_error(access.status());
  const absl::StatusOr<Security> security = MakeSecurity(*server, *access);
  if (!security.ok()) return usage_error(security.status());
  Connection connection({.target = *server,
                         .timeout = absl::Seconds(options.timeout_seconds),
                         .interruption = environment.interruption,
                         .security = *security});
  CommandContext context{
      .environment = environment,
      .connection = connection,
      .access = *access,
      .language = options.language.empty()   ? LanguageFromEnvironment(environment.variable)
                  : options.language == "ko" ? Language::kKorean
                                             : Language::kEnglish,
      .format = options.format,
      .invocation = options.server.empty()
                        ? std::string("electra")
                        : absl::StrCat("electra --server ", Visible(options.server))};
  return runner(context);
}

// The parser says of an unknown command only that one is missing.
std::string ParseErrorSentence(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> rest = app.remaining();
  if (app.get_subcommands().empty() && !rest.empty() && rest.front().rfind('-', 0) != 0) {
    return absl::StrCat("there is no command '", rest.front(), "'; see electra --help");
  }
  return absl::StrCat(error.what(), "; see electra --help");
}

ExitCode ParseAndRun(const std::vector<std::string>& arguments, Environment& environment) {
  CLI::App app("Adapts ELECTRA models to a corpus on an electrad server, and shows how it goes",
               "electra");
  GlobalOptions options;
  Runner runner;
  AddGlobalOptions(app, options);
  AddCommands(app, runner);
  app.footer(kFooter);
  try {
    // CLI11 takes them in reverse, as a stack.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    *environment.out.stream << app.help();
    return ExitCode::kDone;
  } catch (const CLI::CallForVersion& version) {
    *environment.out.stream << version.what() << "\n";
    return ExitCode::kDone;
  } catch (const CLI::ParseError& error) {
    return Report(
        environment.err,
        {.exit_code = ExitCode::kUsage, .sentence = ParseErrorSentence(app, error), .details = {}});
  }
  return RunParsed(options, runner, environment);
}

}  // namespace

ExitCode RunElectra(const std::vector<std::string>& arguments, Environment& environment) {
  const ExitCode code = ParseAndRun(arguments, environment);
  environment.out.stream->flush();
  if (!environment.out.stream->fail()) return code;
  const ExitCode lost = Report(environment.err, {.exit_code = ExitCode::kUsage,
                                                 .sentence = "cannot write to standard output",
                                                 .details = {}});
  return code == ExitCode::kDone ? lost : code;
}

}  // namespace electra::client

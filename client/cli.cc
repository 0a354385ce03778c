#include "client/cli.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/i18n/phrases.h"
#include "client/rpc/connection.h"
#include "client/settings/settings.h"
#include "client/shell/help.h"
#include "client/shell/program.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

constexpr char kFooter[] =
    N_("Example:\n"
       "  electra submit --corpus books.csv --column text --model small --watch\n\n"
       "Environment (options take precedence over variables, and variables over config.toml):\n"
       "  ELECTRA_SERVER   server, if --server is not given\n"
       "  ELECTRA_CONTEXT  context, if --context is not given\n"
       "  ELECTRA_CA, ELECTRA_LANG, ELECTRA_TIMEOUT   as --ca, --lang and --timeout\n"
       "  ELECTRA_MODEL    model that `submit` starts from, if --model is not given\n"
       "  ELECTRA_TOKEN    token, instead of the one that `electra login` stored\n"
       "  NO_COLOR         no colors on a terminal, unless --color always is given\n"
       "  LC_ALL, LC_MESSAGES, LANG   Korean if the first one that is set begins with ko\n\n"
       "Files, in XDG_CONFIG_HOME or ~/.config:\n"
       "  electra/config.toml        contexts and defaults, see `electra context`\n"
       "  electra/credentials.json   tokens and certificates, see `electra login`\n\n"
       "Exit status:\n"
       "  0 success, 1 the watched job failed or was cancelled, 2 wrong usage or a local file,\n"
       "  3 refused by the server, 4 no server, 130 interrupted\n\n"
       "Run `electra COMMAND --help` for help on a command.");

void AddGlobalOptions(Command& program, GlobalOptions& options) {
  program
      .AddOption("--server", options.server,
                 "Server address (default: ELECTRA_SERVER, then the context, then 127.0.0.1:50551)")
      .ValueName("HOST:PORT");
  program
      .AddOption("--context", options.context,
                 "Context to use, see `electra context` (default: ELECTRA_CONTEXT, then the "
                 "current context)")
      .ValueName("NAME");
  program.AddOption("--lang", options.language, "Output language (default: the locale)")
      .OneOf({"ko", "en"});
  program.AddFlag(
      "--json", [&options] { options.json = true; },
      "Print one JSON object per line instead of text");
  program.AddFlag(
      "--wide", [&options] { options.wide = true; },
      "Show whole cells in lists on a terminal, however wide they are");
  program.AddFlag(
      "--raw-cells", [&options] { options.cells = Cells::kRaw; },
      "In CSV files and piped lists, do not put an apostrophe before text that a spreadsheet would "
      "take for a formula");
  program
      .AddOption("--color", options.color,
                 "When to use colors; auto: on a terminal, unless NO_COLOR is set")
      .OneOf({"auto", "always", "never"})
      .ShowDefault();
  program.AddOption("--timeout", options.timeout_seconds, "Time limit for a response (default 30)")
      .ValueName("SECONDS");
  program
      .AddOption("--keepalive", options.keepalive_seconds,
                 "Check the connection when the server has been silent for this long")
      .ValueName("SECONDS")
      .Between(1, 3600)
      .ShowDefault();
  program.AddFlag(
      "--tls", [&options] { options.access.transport = Transport::kTls; },
      "Use TLS even to this machine; to other machines it is the default");
  program.AddFlag(
      "--insecure", [&options] { options.access.transport = Transport::kPlain; },
      "Do not use TLS: anyone on the network path can read and change the traffic");
  program
      .AddOption("--ca", options.access.ca,
                 "CA bundle (PEM) used to verify the server's certificate (default: the system's)")
      .ValueName("FILE");
  program
      .AddOption("--cert", options.access.certificate,
                 "Client certificate (PEM) to use instead of a token")
      .ValueName("FILE");
  program.AddOption("--key", options.access.key, "Private key (PEM) of the client certificate")
      .ValueName("FILE");
  program.AddVersion("--version", std::string("electra ") + ELECTRA_VERSION,
                     "Print the version and exit");
}

// Spellings of 0.1, understood for one more release.
void AddOldCommands(Command old) {
  AddCancel(old);
  AddPause(old);
  AddResume(old);
  AddJobLabels(old);
  AddDelete(old);
  AddOldCorpora(old);
  AddModelList(old, "models");
  AddGc(old);
  AddUnload(old);
}

void AddCommands(Command& program) {
  Command train = program.Under(N_("Train a model"));
  AddSubmit(train);
  AddConfig(train);
  AddHyperparameters(train);
  Command follow = program.Under(N_("Follow jobs"));
  AddWatch(follow);
  AddJobList(follow, "jobs");
  AddJob(follow);
  AddHistory(follow);
  AddSamples(follow);
  AddMetrics(follow);
  AddCompare(follow);
  AddUi(follow);
  Command use = program.Under(N_("Use results"));
  AddReport(use);
  AddExport(use);
  AddTry(use);
  AddEmbed(use);
  AddFinetune(use);
  Command stored = program.Under(N_("Models and corpora"));
  AddModel(stored);
  AddCorpus(stored);
  Command server = program.Under(N_("Server"));
  AddStatus(server);
  AddServer(server);
  AddToken(server);
  Command here = program.Under(N_("This client"));
  AddContext(here);
  AddLogin(here);
  AddCompletion(here);
  AddMan(here);
  AddHelp(here);
  AddOldCommands(program.Under(""));
  program.RequireCommand();
}

// All commands and options, with the values from the arguments.
struct Electra {
  Program program{
      "electra",
      N_("Adapt ELECTRA models to your text on an electrad server, and follow the training")};
  GlobalOptions options;

  Electra() {
    AddGlobalOptions(program.root(), options);
    AddCommands(program.root());
    program.root().Footer(kFooter);
  }
};

Language AsLanguage(const std::string& name) {
  return name == "ko" ? Language::kKorean : Language::kEnglish;
}

// How the hints call this client again.
std::string Invocation(const GlobalOptions& options) {
  std::string invocation = "electra";
  if (!options.context.empty())
    absl::StrAppend(&invocation, " --context ", Visible(options.context));
  if (!options.server.empty()) absl::StrAppend(&invocation, " --server ", Visible(options.server));
  return invocation;
}

// `auto` is the process's own finding.
void ChooseColor(const GlobalOptions& options, Environment& environment) {
  if (options.color == "auto") return;
  const ColorMode color = options.color == "always" ? ColorMode::kOn : ColorMode::kOff;
  environment.out.color = environment.err.color = color;
}

CommandInfo Described(const Electra& electra, Language language) {
  CommandInfo program = electra.program.Describe();
  Translate(program, language);
  return program;
}

ExitCode RunLocal(Electra& electra, Environment& environment) {
  const Language language = ResolveLanguage(electra.options, environment.variable);
  const CommandInfo program = Described(electra, language);
  LocalContext context{.environment = environment,
                       .options = electra.options,
                       .program = program,
                       .language = language,
                       .format = electra.options.json ? OutputFormat::kJson : OutputFormat::kText};
  return electra.program.runners().local(context);
}

ExitCode RunNamed(Electra& electra, Environment& environment) {
  const GlobalOptions& options = electra.options;
  ChooseColor(options, environment);
  environment.out.wide = options.wide;
  if (electra.program.runners().local) return RunLocal(electra, environment);
  const auto usage_error = [&](const absl::Status& status) {
    const Language language = ResolveLanguage(options, environment.variable);
    return Report(environment.err, LocalFailure(status, language));
  };
  const absl::StatusOr<Settings> settings = ResolveSettings(options, environment.variable);
  if (!settings.ok()) return usage_error(settings.status());
  const absl::StatusOr<Connection::Options> reach =
      ConnectionOptions(*settings, *environment.interruption);
  if (!reach.ok()) return usage_error(reach.status());
  Connection connection(*reach);
  CommandContext context{.environment = environment,
                         .connection = connection,
                         .access = settings->access,
                         .language = AsLanguage(settings->language.value),
                         .format = options.json ? OutputFormat::kJson : OutputFormat::kText,
                         .cells = options.cells,
                         .model = settings->model.value,
                         .invocation = Invocation(options)};
  return electra.program.runners().runner(context);
}

ExitCode HelpOnNamed(Electra& electra, Environment& environment) {
  const Language language = ResolveLanguage(electra.options, environment.variable);
  const CommandInfo program = Described(electra, language);
  const CommandInfo* command = &program;
  for (const std::string& word : electra.program.Named()) command = command->Find(word);
  ShowHelp(*command, language, environment.out);
  return ExitCode::kDone;
}

ExitCode ParseAndRun(const std::vector<std::string>& arguments, Environment& environment) {
  Electra electra;
  if (!arguments.empty() && arguments.front() == "__complete") {
    const CommandInfo program = Described(electra, ResolveLanguage({}, environment.variable));
    return RunComplete(environment, program, {arguments.begin() + 1, arguments.end()});
  }
  if (arguments.empty()) return HelpOnNamed(electra, environment);
  const CommandLine line = electra.program.Parse(arguments);
  switch (line.kind) {
    case CommandLine::Kind::kRun:
      return RunNamed(electra, environment);
    case CommandLine::Kind::kHelp:
      return HelpOnNamed(electra, environment);
    case CommandLine::Kind::kVersion:
      *environment.out.stream << line.text.english << "\n";
      return ExitCode::kDone;
    case CommandLine::Kind::kWrong:
      break;
  }
  const Language language = ResolveLanguage(electra.options, environment.variable);
  return Report(environment.err,
                {.exit_code = ExitCode::kUsage, .sentence = line.text.In(language), .details = {}});
}

void AddPaths(const CommandInfo& command, const std::vector<std::string>& path,
              std::vector<std::vector<std::string>>* paths) {
  for (const CommandInfo& child : command.commands) {
    if (!child.IsListed()) continue;
    std::vector<std::string> longer = path;
    longer.push_back(child.name);
    paths->push_back(longer);
    AddPaths(child, longer, paths);
  }
}

}  // namespace

ExitCode RunElectra(const std::vector<std::string>& arguments, Environment& environment) {
  const ExitCode code = ParseAndRun(arguments, environment);
  environment.out.stream->flush();
  if (!environment.out.stream->fail()) return code;
  const Language language = ResolveLanguage({}, environment.variable);
  const ExitCode lost =
      Report(environment.err, {.exit_code = ExitCode::kUsage,
                               .sentence = kPhrases.cannot_write_output.In(language),
                               .details = {}});
  return code == ExitCode::kDone ? lost : code;
}

bool CanParse(const std::vector<std::string>& arguments) {
  return Electra().program.Parse(arguments).kind != CommandLine::Kind::kWrong;
}

std::vector<std::string> Untranslated() { return Untranslated(Electra().program.Describe()); }

std::vector<std::vector<std::string>> AllCommands() {
  std::vector<std::vector<std::string>> paths;
  AddPaths(Electra().program.Describe(), {}, &paths);
  return paths;
}

}  // namespace electra::client

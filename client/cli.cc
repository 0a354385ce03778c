#include "client/cli.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/i18n/korean_help.h"
#include "client/i18n/phrases.h"
#include "client/rpc/connection.h"
#include "client/settings/settings.h"
#include "client/shell/help.h"
#include "client/shell/parse_error.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

constexpr char kFooter[] =
    "Example:\n"
    "  electra submit --corpus books.csv --column text --model small --watch\n\n"
    "Environment (what is given with a call wins over it, it wins over config.toml):\n"
    "  ELECTRA_SERVER   the server where --server is not given\n"
    "  ELECTRA_CONTEXT  the context where --context is not given\n"
    "  ELECTRA_CA, ELECTRA_LANG, ELECTRA_TIMEOUT   as --ca, --lang and --timeout\n"
    "  ELECTRA_MODEL    what `submit` starts from where --model is not given\n"
    "  ELECTRA_TOKEN    the token, instead of the one that `electra login` kept\n"
    "  NO_COLOR         no colours on a terminal, unless --color always\n"
    "  LC_ALL, LC_MESSAGES, LANG   Korean where the first that is set begins with ko\n\n"
    "Files, in XDG_CONFIG_HOME or ~/.config:\n"
    "  electra/config.toml        contexts and defaults, see `electra context`\n"
    "  electra/credentials.json   tokens and certificates, see `electra login`\n\n"
    "Exit status:\n"
    "  0 done, 1 the watched job failed or was cancelled, 2 usage or a local file,\n"
    "  3 the server said no, 4 no server, 130 interrupted\n\n"
    "`electra COMMAND --help` explains a command.";

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option("--server", options.server,
                 "The server; else ELECTRA_SERVER, else the context's, else 127.0.0.1:50551")
      ->type_name("HOST:PORT");
  app.add_option("--context", options.context,
                 "A named server, see `electra context`; else ELECTRA_CONTEXT, else the one in use")
      ->type_name("NAME");
  app.add_option("--lang", options.language, "Language of labels; else the locale's")
      ->type_name("ko|en")
      ->check(CLI::IsMember({"ko", "en"}));
  app.add_flag_callback(
      "--json", [&options] { options.json = true; }, "One JSON object a line instead of text");
  app.add_option("--color", options.color,
                 "Colours: on a terminal unless NO_COLOR is set (auto), always, or never")
      ->type_name("auto|always|never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds,
                 "How long an answer may take; 30 if not given")
      ->type_name("SECONDS");
  app.add_option("--keepalive", options.keepalive_seconds,
                 "How long a server may be silent before it is asked whether it is there")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 3600))
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

void AddCommands(CLI::App& app, Runner& runner, LocalRunner& local) {
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
  AddReport(app, runner);
  AddExport(app, runner);
  AddTry(app, runner);
  AddEmbed(app, runner);
  AddCorpora(app, runner);
  AddModels(app, runner);
  AddModel(app, runner);
  AddHyperparameters(app, runner);
  AddConfig(app, runner);
  AddStatus(app, runner);
  AddGc(app, runner);
  AddUnload(app, runner);
  AddContext(app, local);
  AddLogin(app, runner);
  AddToken(app, runner);
  AddCompletion(app, local);
  AddMan(app, local);
  app.require_subcommand(1);
  // Global options are understood before and after the command.
  for (CLI::App* command : app.get_subcommands({})) command->fallthrough();
}

// All commands and options, and what the arguments made of them.
struct Program {
  CLI::App app{"Adapts ELECTRA models to a corpus on an electrad server, and shows how it goes",
               "electra"};
  GlobalOptions options;
  Runner runner;      // of the command that was named, or
  LocalRunner local;  // of one that needs no server

  Program() {
    AddGlobalOptions(app, options);
    AddCommands(app, runner, local);
    app.footer(kFooter);
  }

  // CLI11 takes them in reverse, as a stack.
  void Parse(const std::vector<std::string>& arguments) {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
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

// `auto` is what the process found out.
void ChooseColor(const GlobalOptions& options, Environment& environment) {
  if (options.color == "auto") return;
  const ColorMode color = options.color == "always" ? ColorMode::kOn : ColorMode::kOff;
  environment.out.color = environment.err.color = color;
}

ExitCode RunLocal(Program& program, Environment& environment) {
  const Language language = ResolveLanguage(program.options, environment.variable);
  Translate(program.app, language);
  LocalContext context{.environment = environment,
                       .options = program.options,
                       .app = program.app,
                       .language = language,
                       .format = program.options.json ? OutputFormat::kJson : OutputFormat::kText};
  return program.local(context);
}

ExitCode RunParsed(Program& program, Environment& environment) {
  ChooseColor(program.options, environment);
  if (program.local) return RunLocal(program, environment);
  const GlobalOptions& options = program.options;
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
                         .model = settings->model.value,
                         .invocation = Invocation(options)};
  return program.runner(context);
}

ExitCode ShowHelp(Program& program, Environment& environment) {
  const Language language = ResolveLanguage(program.options, environment.variable);
  Translate(program.app, language);
  const Output& out = environment.out;
  *out.stream << HelpText(ParsedCommand(program.app),
                          {.language = language, .width = out.is_terminal ? out.width() : 100});
  return ExitCode::kDone;
}

// "help watch" is "watch --help".
std::vector<std::string> WithoutHelpCommand(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  arguments.erase(arguments.begin());
  arguments.push_back("--help");
  return arguments;
}

ExitCode ParseAndRun(const std::vector<std::string>& arguments, Environment& environment) {
  Program program;
  if (!arguments.empty() && arguments.front() == "__complete") {
    Translate(program.app, ResolveLanguage({}, environment.variable));
    return RunComplete(environment, program.app, {arguments.begin() + 1, arguments.end()});
  }
  try {
    program.Parse(WithoutHelpCommand(arguments));
  } catch (const CLI::CallForHelp&) {
    return ShowHelp(program, environment);
  } catch (const CLI::CallForVersion& version) {
    *environment.out.stream << version.what() << "\n";
    return ExitCode::kDone;
  } catch (const CLI::ParseError& error) {
    const Language language = ResolveLanguage(program.options, environment.variable);
    return Report(environment.err, {.exit_code = ExitCode::kUsage,
                                    .sentence = ParseErrorSentence(program.app, error).In(language),
                                    .details = {}});
  }
  return RunParsed(program, environment);
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
  Program program;
  try {
    program.Parse(WithoutHelpCommand(arguments));
  } catch (const CLI::Success&) {
    return true;
  } catch (const CLI::ParseError&) {
    return false;
  }
  return true;
}

std::vector<std::string> Untranslated() {
  Program program;
  std::vector<std::string> missing;
  const std::function<void(const CLI::App&)> visit = [&](const CLI::App& app) {
    std::vector<std::string> texts = {app.get_description()};
    for (const CLI::Option* option : app.get_options()) texts.push_back(option->get_description());
    for (const std::string& text : texts) {
      if (!text.empty() && KoreanHelp(text) == nullptr) missing.push_back(text);
    }
    for (const std::string& prose : MissingInFooter(app.get_footer())) {
      missing.push_back(prose);
    }
    for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
      visit(*child);
    }
  };
  visit(program.app);
  return missing;
}

std::vector<std::vector<std::string>> AllCommands() {
  const Program program;
  std::vector<std::vector<std::string>> paths;
  const std::function<void(const CLI::App&, std::vector<std::string>)> visit =
      [&](const CLI::App& app, const std::vector<std::string>& path) {
        for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
          std::vector<std::string> longer = path;
          longer.push_back(child->get_name());
          paths.push_back(longer);
          visit(*child, longer);
        }
      };
  visit(program.app, {});
  return paths;
}

}  // namespace electra::client

// `electra context add|use|list|show|remove`: named servers in the user's configuration file.
#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "client/commands/commands.h"
#include "client/i18n/phrases.h"
#include "client/rpc/json_output.h"
#include "client/settings/target.h"
#include "client/text/table.h"
#include "client/text/visible_text.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using nlohmann::json;

void SayIn(const LocalContext& context, const Bilingual& sentence) {
  context.out() << sentence.In(context.language) << "\n";
}

// So that the file means the same wherever it is read from.
std::string Absolute(const std::string& path) {
  std::error_code ignored;
  return path.empty() ? path : std::filesystem::absolute(path, ignored).string();
}

ExitCode AddOne(LocalContext& context, const std::string& name) {
  const GlobalOptions& options = context.options;
  if (options.server.empty()) {
    return context.Fail(
        LocalError(absl::StatusCode::kInvalidArgument, kPhrases.context_needs_server));
  }
  if (absl::Status status = CheckTarget(options.server); !status.ok()) return context.Fail(status);
  const ConfigFile file(context.environment.variable);
  const absl::Status added = file.AddContext(
      name,
      {.server = options.server, .ca = Absolute(options.access.ca), .lang = options.language});
  if (!added.ok()) return context.Fail(added);
  SayIn(context, Say(kPhrases.context_added, name, Visible(options.server)));
  return ExitCode::kDone;
}

ExitCode UseOne(LocalContext& context, const std::string& name) {
  const ConfigFile file(context.environment.variable);
  if (absl::Status status = file.UseContext(name); !status.ok()) return context.Fail(status);
  const absl::StatusOr<UserConfig> config = file.Read();
  if (!config.ok()) return context.Fail(config.status());
  SayIn(context, Say(kPhrases.context_used, name, Visible(config->contexts.at(name).server)));
  return ExitCode::kDone;
}

ExitCode RemoveOne(LocalContext& context, const std::string& name) {
  const ConfigFile file(context.environment.variable);
  if (absl::Status status = file.RemoveContext(name); !status.ok()) return context.Fail(status);
  SayIn(context, Say(kPhrases.context_removed, name));
  return ExitCode::kDone;
}

void WriteRow(const LocalContext& context, const std::vector<StyledText>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    context.out() << (i > 0 ? "\t" : "") << cells[i].text();
  }
  context.out() << "\n";
}

// A table for a terminal, tabs for a pipe.
void WriteRows(const LocalContext& context, std::vector<Column> columns,
               std::vector<std::vector<StyledText>> rows) {
  const Output& output = context.environment.out;
  if (!output.is_terminal) {
    for (const auto& row : rows) WriteRow(context, row);
    return;
  }
  if (rows.empty()) {
    context.out() << LabelsFor(context.language).none_yet << "\n";
    return;
  }
  Table table(std::move(columns));
  for (auto& row : rows) table.AddRow(std::move(row));
  context.out() << table.Render({.width = output.RenderWidth(), .color = output.color});
}

ExitCode ListAll(LocalContext& context) {
  const absl::StatusOr<UserConfig> config = ConfigFile(context.environment.variable).Read();
  if (!config.ok()) return context.Fail(config.status());
  std::vector<std::vector<StyledText>> rows;
  for (const auto& [name, one] : config->contexts) {
    const bool in_use = name == config->context;
    if (context.format == OutputFormat::kJson) {
      WriteJsonLine(context.out(), json{{"name", name},
                                        {"in_use", in_use},
                                        {"server", one.server},
                                        {"ca", one.ca},
                                        {"lang", one.lang}});
    }
    rows.push_back({in_use ? "*" : "", name, one.server, one.ca, one.lang});
  }
  if (context.format == OutputFormat::kJson) return ExitCode::kDone;
  const Language language = context.language;
  WriteRows(context,
            {{""},
             {kPhrases.context.In(language)},
             {kPhrases.server.In(language)},
             {kPhrases.authority.In(language)},
             {kPhrases.language.In(language)}},
            std::move(rows));
  return ExitCode::kDone;
}

// What would hold for a command, and why.
ExitCode ShowOne(LocalContext& context, const std::string& name) {
  GlobalOptions options = context.options;
  if (!name.empty()) options.context = name;
  const absl::StatusOr<Settings> settings = ResolveSettings(options, context.environment.variable);
  if (!settings.ok()) return context.Fail(settings.status());
  const Language language = context.language;
  const std::pair<const char*, std::pair<const char*, const Sourced*>> values[] = {
      {"server", {kPhrases.server.In(language), &settings->server}},
      {"ca", {kPhrases.authority.In(language), &settings->ca}},
      {"lang", {kPhrases.language.In(language), &settings->language}},
      {"timeout", {kPhrases.timeout.In(language), &settings->timeout}},
      {"model", {LabelsFor(language).model, &settings->model}},
  };
  json object = {{"context", settings->context}};
  std::vector<std::vector<StyledText>> rows;
  const bool is_terminal = context.environment.out.is_terminal;
  for (const auto& [key, labelled] : values) {
    const auto& [label, sourced] = labelled;
    object[key] = {{"value", sourced->value}, {"from", sourced->source.english}};
    if (sourced->value.empty()) continue;
    rows.push_back({is_terminal ? label : key, sourced->value, sourced->source.In(language)});
  }
  if (context.format == OutputFormat::kJson) {
    WriteJsonLine(context.out(), object);
    return ExitCode::kDone;
  }
  WriteRows(context, {{""}, {""}, {kPhrases.source.In(language)}}, std::move(rows));
  return ExitCode::kDone;
}

using OneContext = ExitCode (*)(LocalContext&, const std::string&);

enum class Naming { kRequired, kOptional };

Command AddNamed(Command& group, const char* name, const char* description, const char* value,
                 Naming naming, OneContext run) {
  auto given = std::make_shared<std::string>();
  Command command = group.AddCommand(name, description);
  Option option = command.AddOption(value, *given, "Context name");
  if (naming == Naming::kRequired) option.Required();
  command.Runs([given, run](LocalContext& context) { return run(context, *given); });
  return command;
}

}  // namespace

void AddContext(Command& program) {
  Command group = program.AddCommand("context", "Name servers, and choose the current one");
  group.RequireCommand();
  group.Footer(
      "Contexts are stored in ~/.config/electra/config.toml, with defaults for lang, timeout and "
      "model.\n"
      "Options take precedence over ELECTRA_SERVER, ELECTRA_CONTEXT, ELECTRA_CA, ELECTRA_LANG,\n"
      "ELECTRA_TIMEOUT and ELECTRA_MODEL, these over the context, and the context over the "
      "defaults.\n"
      "Tokens are stored separately, by `electra login`.\n\n"
      "Example:\n"
      "  electra context add gpu1 --server gpu1:50551 --ca ca.pem --lang ko\n"
      "  electra context use gpu1\n"
      "  electra --context gpu1 status");
  Command add = AddNamed(group, "add", N_("Add a context; the first one becomes current"), "NAME",
                         Naming::kRequired, AddOne);
  add.Footer(
      "Requires --server HOST:PORT; can have its own --ca FILE and --lang ko|en.\n\n"
      "Example:\n"
      "  electra context add gpu1 --server gpu1:50551 --ca ca.pem");
  Command use = AddNamed(group, "use", N_("Make a context the current one"), "CONTEXT",
                         Naming::kRequired, UseOne);
  use.Footer("Example:\n  electra context use gpu1");
  Command list = group.AddCommand("list", "List contexts; * marks the current one");
  list.Footer("Example:\n  electra context list");
  list.Runs(ListAll);
  AddNamed(group, "show", N_("Show the settings in effect, and where each comes from"), "CONTEXT",
           Naming::kOptional, ShowOne)
      .Footer("Example:\n  electra context show\n  electra context show gpu1");
  Command remove =
      AddNamed(group, "remove", N_("Remove a context"), "CONTEXT", Naming::kRequired, RemoveOne);
  remove.Footer("Example:\n  electra context remove gpu1");
}

}  // namespace electra::client

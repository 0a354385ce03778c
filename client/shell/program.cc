#include "client/shell/program.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/shell/parse_error.h"

namespace electra::client {
namespace {

// The name of a value, without the choices that CLI11 puts after it: "ko|en:{ko,en}".
std::string WithoutChoices(const std::string& type_name) {
  return type_name.substr(0, type_name.find(":{"));
}

std::vector<std::string> ChoicesIn(const std::string& type_name) {
  const size_t open = type_name.find('{');
  const size_t close = type_name.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return absl::StrSplit(type_name.substr(open + 1, close - open - 1), ',');
}

OptionInfo Describe(const CLI::Option& option) {
  OptionInfo info{.description = option.get_description(),
                  .default_value = option.get_default_str(),
                  .takes_value = option.get_items_expected_max() > 0,
                  .takes_many = option.get_items_expected_max() > 1,
                  .required = option.get_required()};
  for (const std::string& name : option.get_snames()) info.names.push_back(absl::StrCat("-", name));
  for (const std::string& name : option.get_lnames()) {
    info.names.push_back(absl::StrCat("--", name));
  }
  if (option.get_positional()) info.argument = option.get_name(/*positional=*/true);
  if (info.takes_value) info.value_name = WithoutChoices(option.get_type_name());
  info.choices = ChoicesIn(option.get_type_name());
  return info;
}

CommandInfo Describe(const CLI::App& command, const std::string& parents) {
  CommandInfo info{.name = command.get_name(),
                   .path = absl::StrCat(parents, command.get_name()),
                   .heading = command.get_group(),
                   .description = command.get_description(),
                   .footer = command.get_footer()};
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_group().empty()) info.options.push_back(Describe(*option));
  }
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
    info.commands.push_back(Describe(*child, absl::StrCat(info.path, " ")));
  }
  return info;
}

}  // namespace

Program::Program(const std::string& name, const std::string& description)
    : app_(std::make_unique<CLI::App>(description, name)), root_(*app_, runners_) {
  app_->set_help_flag("-h,--help", N_("Print this help message and exit"));
}

Program::~Program() = default;

CommandLine Program::Parse(const std::vector<std::string>& arguments) {
  try {
    // CLI11 takes them in reverse, as a stack.
    app_->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return {.kind = CommandLine::Kind::kHelp, .text = {}};
  } catch (const CLI::CallForVersion& version) {
    return {.kind = CommandLine::Kind::kVersion, .text = std::string(version.what())};
  } catch (const CLI::ParseError& error) {
    return {.kind = CommandLine::Kind::kWrong, .text = ParseErrorSentence(*app_, error)};
  }
  return {.kind = CommandLine::Kind::kRun, .text = {}};
}

CommandInfo Program::Describe() const { return client::Describe(*app_, ""); }

std::vector<std::string> Program::Named() const {
  std::vector<std::string> words;
  for (const CLI::App* command = app_.get(); !command->get_subcommands().empty();) {
    command = command->get_subcommands().back();
    words.push_back(command->get_name());
  }
  return words;
}

}  // namespace electra::client

#include "server/config/load_settings.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/data_dir.h"
#include "server/config/setting_value.h"
#include "server/config/settings_file.h"

extern char** environ;

namespace electra::server {
namespace {

constexpr std::string_view kConfigVariable = "ELECTRAD_CONFIG";

bool IsList(const Setting& setting) {
  return std::holds_alternative<std::vector<std::string> Settings::*>(setting.member);
}

std::optional<std::string> ConfigPath(const GivenFlags& flags,
                                      const EnvironmentVariables& environment) {
  if (const auto flag = flags.find("config"); flag != flags.end()) return flag->second.back();
  const auto variable = environment.find(kConfigVariable);
  if (variable != environment.end() && !variable->second.empty()) return variable->second;
  return std::nullopt;
}

void FindUnknown(const EnvironmentVariables& environment, std::vector<std::string>* unknown) {
  for (const auto& variable : environment) {
    const std::string& name = variable.first;
    const bool known =
        name == kConfigVariable ||
        std::any_of(SettingTable().begin(), SettingTable().end(),
                    [&name](const Setting& setting) { return VariableOf(setting) == name; });
    if (!known && name.starts_with(kVariablePrefix)) unknown->push_back(name);
  }
}

}  // namespace

absl::StatusOr<LoadedSettings> LoadSettings(const GivenFlags& flags,
                                            const EnvironmentVariables& environment) {
  LoadedSettings loaded;
  loaded.values.data_dir = DefaultDataDir().string();
  SettingsFile file;
  if (const std::optional<std::string> path = ConfigPath(flags, environment)) {
    ASSIGN_OR_RETURN(file, ReadSettingsFile(*path));
  }
  for (const Setting& setting : SettingTable()) {
    std::string& source = loaded.sources[std::string(setting.key)];
    source = "default";
    const auto usual = environment.find(setting.usual_variable);
    if (usual != environment.end() && !usual->second.empty()) {
      source = usual->first;
      RETURN_IF_ERROR(Within(source, SetValue(setting, {usual->second}, &loaded.values)));
    }
    if (const auto entry = file.find(setting.key); entry != file.end()) {
      source = entry->second.source;
      RETURN_IF_ERROR(Within(source, SetValue(setting, entry->second.values, &loaded.values)));
    }
    if (const auto variable = environment.find(VariableOf(setting));
        variable != environment.end()) {
      source = variable->first;
      const std::vector<std::string> values =
          IsList(setting)
              ? absl::StrSplit(variable->second, setting.kind == ValueKind::kHosts ? ',' : ':',
                               absl::SkipEmpty())
              : std::vector<std::string>{variable->second};
      RETURN_IF_ERROR(Within(source, SetValue(setting, values, &loaded.values)));
    }
    if (const auto flag = flags.find(setting.key); flag != flags.end()) {
      source = FlagOf(setting);
      RETURN_IF_ERROR(Within(source, SetValue(setting, flag->second, &loaded.values)));
    }
  }
  FindUnknown(environment, &loaded.unknown_variables);
  return loaded;
}

EnvironmentVariables ProcessEnvironment() {
  EnvironmentVariables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    const bool is_usual =
        std::any_of(SettingTable().begin(), SettingTable().end(), [&](const Setting& setting) {
          return !setting.usual_variable.empty() &&
                 setting.usual_variable == text.substr(0, equals);
        });
    if (!is_usual && !text.starts_with(kVariablePrefix)) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::string PrintSettings(const LoadedSettings& loaded) {
  std::string text;
  for (const Setting& setting : SettingTable()) {
    const std::string line =
        absl::StrCat(std::string(setting.key), ": ", ValueText(setting, loaded.values));
    const size_t padding = line.size() < 40 ? 40 - line.size() : 1;
    absl::StrAppend(&text, line, std::string(padding, ' '), "# ",
                    loaded.sources.at(std::string(setting.key)), "\n");
  }
  return text;
}

}  // namespace electra::server

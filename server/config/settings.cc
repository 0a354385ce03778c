#include "server/config/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/base/host_port.h"
#include "core/base/loopback.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/yaml_scalar.h"
#include "server/base/data_dir.h"
#include "server/base/webhook_url.h"
#include "server/config/settings_file.h"

extern char** environ;

namespace electra::server {
namespace {

constexpr std::string_view kPrefix = "ELECTRAD_";
constexpr std::string_view kConfigVariable = "ELECTRAD_CONFIG";

const Setting kSettings[] = {
    {.key = "data_dir",
     .member = &Settings::data_dir,
     .value_name = "FOLDER",
     .description = "Folder for all data of the daemon"},
    {.key = "listen",
     .member = &Settings::listen,
     .value_name = "HOST:PORT|unix:PATH",
     .description = "Address of the service; port 0 takes a free one",
     .kind = ValueKind::kListen},
    {.key = "socket_mode",
     .member = &Settings::socket_mode,
     .value_name = "MODE",
     .description = "Who may connect to unix:PATH: 0600 its owner, 0660 its group too",
     .choices = {"0600", "0660"}},
    {.key = "metrics_address",
     .member = &Settings::metrics_address,
     .value_name = "HOST:PORT",
     .description = "Address of the metrics for Prometheus, at /metrics, open to everyone who "
                    "reaches it; empty: none",
     .kind = ValueKind::kAddress},
    {.key = "threads",
     .member = &Settings::threads,
     .value_name = "N",
     .description = "Threads for training on the CPU; 0: one per core, or as many as a container's "
                    "limit grants",
     .maximum = 1024},
    {.key = "wait_for_devices",
     .member = &Settings::wait_for_devices,
     .value_name = "N",
     .description = "Number of CUDA devices to wait for before serving",
     .maximum = 64},
    {.key = "rank_timeout",
     .member = &Settings::rank_timeout,
     .value_name = "SECONDS",
     .description =
         "In a launch of several processes: time that a step waits for a silent rank before "
         "the job continues without it from its last checkpoint",
     .minimum = 1,
     .maximum = 3600},
    {.key = "rank_join_timeout",
     .member = &Settings::rank_join_timeout,
     .value_name = "SECONDS",
     .description = "Time that a job waits for absent ranks when it begins or has lost one",
     .maximum = 3600},
    {.key = "resident_models",
     .member = &Settings::resident_models,
     .value_name = "SIZE",
     .description =
         "Memory for weights of imported models, kept between jobs that start from them; "
         "0: none",
     .kind = ValueKind::kSize},
    {.key = "trusted_models",
     .member = &Settings::trusted_models,
     .value_name = "FOLDER",
     .description =
         "Folders that `electra model import --server-path` may read; repeat the flag, or "
         "separate them by colons in the variable"},
    {.key = "hub_endpoint",
     .member = &Settings::hub_endpoint,
     .value_name = "URL",
     .description = "Hugging Face hub to fetch models from, with HF_TOKEN for gated ones; its "
                    "default is HF_ENDPOINT where that is set; empty: nothing is fetched",
     .usual_variable = "HF_ENDPOINT"},
    {.key = "corpora_quota",
     .member = &Settings::corpora_quota,
     .value_name = "SIZE",
     .description = "Limit on the bytes of all corpora, such as 20GB; 0: the disk's",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kSize},
    {.key = "checkpoints_quota",
     .member = &Settings::checkpoints_quota,
     .value_name = "SIZE",
     .description =
         "Limit on the bytes of all jobs' checkpoints: beyond it jobs are refused, and a "
         "running one pauses; 0: the disk's",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kSize},
    {.key = "ended_jobs",
     .member = &Settings::ended_jobs,
     .value_name = "COUNT",
     .description =
         "Limit on the ended jobs of a token: beyond it the token's submissions are refused; "
         "0: no limit",
     .reload = Reload::kBySignal},
    {.key = "keepalive",
     .member = &Settings::keepalive,
     .value_name = "SECONDS",
     .description = "Silence after which the daemon checks whether a client is still there",
     .minimum = 1,
     .maximum = 3600},
    {.key = "tls_cert",
     .member = &Settings::tls_cert,
     .value_name = "FILE",
     .description =
         "Certificate chain (PEM); read again when it changes. With TLS every call needs "
         "a token"},
    {.key = "tls_key",
     .member = &Settings::tls_key,
     .value_name = "FILE",
     .description = "Private key of the certificate (PEM)"},
    {.key = "tls_client_ca",
     .member = &Settings::tls_client_ca,
     .value_name = "FILE",
     .description = "CA of client certificates (PEM), which can replace tokens (see `electrad "
                    "token create --help`)"},
    {.key = "require_tokens",
     .member = &Settings::require_tokens,
     .value_name = "",
     .description =
         "Require a token for every call, also without TLS, as on a machine with several users"},
    {.key = "insecure_i_know",
     .member = &Settings::insecure_i_know,
     .value_name = "",
     .description = "Listen on addresses other than the loopback without TLS"},
    {.key = "notify_url",
     .member = &Settings::notify_url,
     .value_name = "URL",
     .description = "Webhook (Slack, Discord, or a program's) that is told when a job ends, fails "
                    "or is paused",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kWebhook},
    {.key = "notify_hosts",
     .member = &Settings::notify_hosts,
     .value_name = "HOST",
     .description = "Hosts that `electra submit --notify` may name, as in hooks.slack.com or "
                    "*.example.com:8443; http://HOST:PORT without TLS; repeat the flag, or "
                    "separate them by commas in the variable",
     .reload = Reload::kBySignal,
     .kind = ValueKind::kHosts},
    {.key = "log_level",
     .member = &Settings::log_level,
     .value_name = "LEVEL",
     .description = "Lowest level to log: debug, info, warning or error",
     .reload = Reload::kBySignal,
     .choices = {"debug", "info", "warning", "error"}},
    {.key = "log_format",
     .member = &Settings::log_format,
     .value_name = "FORMAT",
     .description = "text: key=value pairs; json: one object per line",
     .reload = Reload::kBySignal,
     .choices = {"text", "json"}},
};

constexpr std::pair<std::string_view, int64_t> kUnits[] = {{"tb", int64_t{1} << 40},
                                                           {"gb", int64_t{1} << 30},
                                                           {"mb", int64_t{1} << 20},
                                                           {"kb", int64_t{1} << 10}};

// "20GB", "20g", "20GiB": powers of 1024, as everywhere here.
std::optional<int64_t> ParseSize(std::string_view text) {
  if (const std::optional<int64_t> bytes = YamlInteger(text)) return bytes;
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<int64_t> number = YamlInteger(text.substr(0, digits));
  if (!number) return std::nullopt;
  std::string unit = absl::AsciiStrToLower(
      std::string(absl::StripAsciiWhitespace(std::string(text.substr(digits)))));
  if (unit.empty() || unit == "b") return number;
  unit = absl::StrReplaceAll(unit, {{"i", ""}});
  for (const auto& [name, factor] : kUnits) {
    if (unit != name && unit != name.substr(0, 1)) continue;
    if (*number > std::numeric_limits<int64_t>::max() / factor) return std::nullopt;
    return *number * factor;
  }
  return std::nullopt;
}

std::string SizeText(int64_t bytes) {
  for (const auto& [name, factor] : kUnits) {
    if (bytes != 0 && bytes % factor == 0) {
      return absl::StrCat(bytes / factor, absl::AsciiStrToUpper(std::string(name)));
    }
  }
  return absl::StrCat(bytes);
}

absl::Status Refused(const Setting& setting, const std::string& value, const std::string& wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(setting.key), " is \"", value, "\": it must be ", wanted));
}

absl::Status SetInteger(const Setting& setting, const std::string& text, int64_t* value) {
  const bool is_size = setting.kind == ValueKind::kSize;
  const std::optional<int64_t> number = is_size ? ParseSize(text) : YamlInteger(text);
  const bool too_large = number && setting.maximum != 0 && *number > setting.maximum;
  if (!number || *number < setting.minimum || too_large) {
    return Refused(
        setting, text,
        is_size ? "a number of bytes, as in 20GB"
                : absl::StrCat("a whole number from ", setting.minimum, " to ", setting.maximum));
  }
  *value = *number;
  return absl::OkStatus();
}

absl::Status SetText(const Setting& setting, const std::string& text, std::string* value) {
  const auto& choices = setting.choices;
  if (choices.size() > 0 && std::find(choices.begin(), choices.end(), text) == choices.end()) {
    return Refused(setting, text,
                   absl::StrCat("one of ", absl::StrJoin(choices, ", ", [](auto* out, auto choice) {
                                  out->append(choice);
                                })));
  }
  const bool is_unix = setting.kind == ValueKind::kListen && IsUnixAddress(text);
  const bool is_address =
      (setting.kind == ValueKind::kAddress && !text.empty()) || setting.kind == ValueKind::kListen;
  if (is_address && !is_unix && !ParseHostPort(text).ok()) {
    return Refused(setting, text,
                   setting.kind == ValueKind::kListen
                       ? "HOST:PORT with a port from 0 to 65535, or unix:PATH"
                       : "HOST:PORT with a port from 0 to 65535");
  }
  if (setting.kind == ValueKind::kWebhook && !text.empty()) {
    RETURN_IF_ERROR(Within(setting.key, WebhookOrigin(text).status()));
  }
  *value = text;
  return absl::OkStatus();
}

absl::Status SetFlag(const Setting& setting, const std::string& text, bool* value) {
  const std::string lower = absl::AsciiStrToLower(text);
  if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") {
    *value = true;
  } else if (lower == "false" || lower == "0" || lower == "no" || lower == "off") {
    *value = false;
  } else {
    return Refused(setting, text, "true or false");
  }
  return absl::OkStatus();
}

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
        std::any_of(std::begin(kSettings), std::end(kSettings),
                    [&name](const Setting& setting) { return VariableOf(setting) == name; });
    if (!known && name.starts_with(kPrefix)) unknown->push_back(name);
  }
}

}  // namespace

std::span<const Setting> SettingTable() { return kSettings; }

std::string FlagOf(const Setting& setting) {
  return absl::StrCat("--", absl::StrReplaceAll(std::string(setting.key), {{"_", "-"}}));
}

std::string VariableOf(const Setting& setting) {
  return absl::StrCat(std::string(kPrefix), absl::AsciiStrToUpper(std::string(setting.key)));
}

std::string ValueText(const Setting& setting, const Settings& settings) {
  YAML::Emitter emitter;
  if (const auto* text = std::get_if<std::string Settings::*>(&setting.member)) {
    emitter << settings.*(*text);
  } else if (const auto* flag = std::get_if<bool Settings::*>(&setting.member)) {
    emitter << settings.*(*flag);
  } else if (const auto* number = std::get_if<int64_t Settings::*>(&setting.member)) {
    if (setting.kind == ValueKind::kSize) return SizeText(settings.*(*number));
    emitter << settings.*(*number);
  } else {
    emitter << YAML::Flow
            << settings.*std::get<std::vector<std::string> Settings::*>(setting.member);
  }
  return emitter.c_str();
}

absl::Status SetValue(const Setting& setting, const std::vector<std::string>& values,
                      Settings* settings) {
  if (const auto* list = std::get_if<std::vector<std::string> Settings::*>(&setting.member)) {
    if (setting.kind == ValueKind::kHosts) {
      for (const std::string& value : values) {
        RETURN_IF_ERROR(Within(setting.key, AllowedOrigin(value).status()));
      }
    }
    settings->*(*list) = values;
    return absl::OkStatus();
  }
  if (values.size() != 1) {
    return Refused(setting, absl::StrJoin(values, ", "), "one value");
  }
  const std::string& value = values.front();
  if (const auto* text = std::get_if<std::string Settings::*>(&setting.member)) {
    return SetText(setting, value, &(settings->*(*text)));
  }
  if (const auto* flag = std::get_if<bool Settings::*>(&setting.member)) {
    return SetFlag(setting, value, &(settings->*(*flag)));
  }
  return SetInteger(setting, value, &(settings->*std::get<int64_t Settings::*>(setting.member)));
}

absl::StatusOr<LoadedSettings> LoadSettings(const GivenFlags& flags,
                                            const EnvironmentVariables& environment) {
  LoadedSettings loaded;
  loaded.values.data_dir = DefaultDataDir().string();
  SettingsFile file;
  if (const std::optional<std::string> path = ConfigPath(flags, environment)) {
    ASSIGN_OR_RETURN(file, ReadSettingsFile(*path));
  }
  for (const Setting& setting : kSettings) {
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
        std::any_of(std::begin(kSettings), std::end(kSettings), [&](const Setting& setting) {
          return !setting.usual_variable.empty() &&
                 setting.usual_variable == text.substr(0, equals);
        });
    if (!is_usual && !text.starts_with(kPrefix)) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::string PrintSettings(const LoadedSettings& loaded) {
  std::string text;
  for (const Setting& setting : kSettings) {
    const std::string line =
        absl::StrCat(std::string(setting.key), ": ", ValueText(setting, loaded.values));
    const size_t padding = line.size() < 40 ? 40 - line.size() : 1;
    absl::StrAppend(&text, line, std::string(padding, ' '), "# ",
                    loaded.sources.at(std::string(setting.key)), "\n");
  }
  return text;
}

}  // namespace electra::server

#include "server/config/setting_value.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/host_port.h"
#include "core/base/loopback.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/base/yaml_scalar.h"
#include "server/base/webhook_url.h"

namespace electra::server {
namespace {

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

}  // namespace

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

void CopyValue(const Setting& setting, const Settings& from, Settings* to) {
  std::visit([&](auto member) { to->*member = from.*member; }, setting.member);
}

}  // namespace electra::server

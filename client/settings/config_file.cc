#include "client/settings/config_file.h"

#include <sys/stat.h>

#include <exception>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/local_file.h"
#include "client/files/user_file.h"
#include "client/i18n/phrases.h"
#include "client/i18n/suggestion.h"
#include "client/settings/toml_value.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

constexpr int64_t kLargestConfigFile = 64 << 10;

using Value = TomlValue;
using Table = Value::table_type;

// An error with its line. Caught where the file is read.
struct Wrong {
  unsigned line;
  Bilingual what;
};

std::string Text(const std::string& key, const Value& value) {
  if (value.is_string()) return TomlString(value);
  throw Wrong{TomlLine(value), Say(kPhrases.settings_type, key, kPhrases.a_string)};
}

double Number(const std::string& key, const Value& value) {
  if (value.is_floating()) return value.as_floating();
  if (value.is_integer()) return static_cast<double>(value.as_integer());
  throw Wrong{TomlLine(value), Say(kPhrases.settings_type, key, kPhrases.a_number)};
}

std::string LanguageName(const std::string& key, const Value& value) {
  std::string lang = Text(key, value);
  if (lang == "ko" || lang == "en") return lang;
  throw Wrong{TomlLine(value), Say(kPhrases.no_such_language, Visible(lang))};
}

const Table& AsTable(std::string_view key, const Value& value) {
  if (value.is_table()) return value.as_table();
  throw Wrong{TomlLine(value), Say(kPhrases.settings_type, std::string(key), kPhrases.a_table)};
}

[[noreturn]] void UnknownKey(const std::string& key, const Value& value,
                             const std::vector<std::string>& known) {
  const Bilingual nearest = WithNearest(Say(kPhrases.unknown_key, Visible(key)), key, known);
  throw Wrong{TomlLine(value), Say(kPhrases.known_keys, nearest, absl::StrJoin(known, ", "))};
}

ConfigDefaults DefaultsOf(const Value& value) {
  ConfigDefaults defaults;
  for (const auto& [key, one] : AsTable("defaults", value)) {
    if (key == "lang") {
      defaults.lang = LanguageName(key, one);
    } else if (key == "timeout") {
      defaults.timeout = Number(key, one);
    } else if (key == "model") {
      defaults.model = Text(key, one);
    } else {
      UnknownKey(key, one, {"lang", "model", "timeout"});
    }
  }
  return defaults;
}

Context ContextOf(const std::string& name, const Value& value) {
  Context context;
  for (const auto& [key, one] : AsTable(name, value)) {
    if (key == "server") {
      context.server = Text(key, one);
    } else if (key == "ca") {
      context.ca = Text(key, one);
    } else if (key == "lang") {
      context.lang = LanguageName(key, one);
    } else {
      UnknownKey(key, one, {"ca", "lang", "server"});
    }
  }
  if (context.server.empty()) {
    throw Wrong{TomlLine(value), Say(kPhrases.want_string, absl::StrCat(Visible(name), ".server"))};
  }
  return context;
}

UserConfig ConfigOf(const Value& root) {
  UserConfig config;
  for (const auto& [key, value] : root.as_table()) {
    if (key == "context") {
      config.context = Text(key, value);
    } else if (key == "defaults") {
      config.defaults = DefaultsOf(value);
    } else if (key == "contexts") {
      for (const auto& [name, one] : AsTable(key, value)) {
        config.contexts[name] = ContextOf(name, one);
      }
    } else {
      UnknownKey(key, value, {"context", "contexts", "defaults"});
    }
  }
  return config;
}

// The parser's message has several lines; the first one names the error.
std::string FirstLine(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  for (const char* beginning : {"[error] toml::", "[error] "}) {
    if (absl::StartsWith(line, beginning)) line = line.substr(std::string(beginning).size());
  }
  return line;
}

absl::Status BadFile(const std::string& path, unsigned line, const Bilingual& what) {
  return InvalidArgument(kPhrases.settings_bad, Visible(path), static_cast<int64_t>(line), what);
}

// An empty table where there is no file.
absl::StatusOr<Value> ReadValue(const std::string& path) {
  struct stat facts = {};
  if (path.empty() || stat(path.c_str(), &facts) != 0) return Value(Table());
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path, kLargestConfigFile));
  try {
    return ParseToml(text, path);
  } catch (const TomlError& error) {
    return BadFile(path, error.line, Visible(FirstLine(error.what())));
  } catch (const std::exception& error) {
    return BadFile(path, 1, Visible(FirstLine(error.what())));
  }
}

absl::StatusOr<UserConfig> Understand(const std::string& path, const Value& value) {
  try {
    return ConfigOf(value);
  } catch (const Wrong& wrong) {
    return BadFile(path, wrong.line, wrong.what);
  }
}

// Changes and writes a file that can be read; any other is left for its owner to fix.
absl::Status Change(const std::string& path,
                    const std::function<absl::Status(const UserConfig&, Table&)>& change) {
  if (path.empty()) {
    return LocalError(absl::StatusCode::kFailedPrecondition, kPhrases.nowhere_to_keep);
  }
  ASSIGN_OR_RETURN(Value value, ReadValue(path));
  ASSIGN_OR_RETURN(const UserConfig config, Understand(path, value));
  RETURN_IF_ERROR(change(config, value.as_table()));
  std::ostringstream text;
  text << value;
  return WriteUserFile(path, text.str());
}

}  // namespace

ConfigFile::ConfigFile(const Variables& variables) {
  const std::string folder = ConfigFolder(variables);
  if (!folder.empty()) path_ = absl::StrCat(folder, "/config.toml");
}

absl::StatusOr<UserConfig> ConfigFile::Read() const {
  ASSIGN_OR_RETURN(const Value value, ReadValue(path_));
  return Understand(path_, value);
}

absl::Status ConfigFile::AddContext(const std::string& name, const Context& context) const {
  RETURN_IF_ERROR(CheckContextName(name));
  return Change(path_, [&](const UserConfig& config, Table& table) {
    if (config.contexts.count(name) > 0) {
      return InvalidArgument(kPhrases.context_is_there, name);
    }
    Table added;
    added["server"] = context.server;
    if (!context.ca.empty()) added["ca"] = context.ca;
    if (!context.lang.empty()) added["lang"] = context.lang;
    if (table.count("contexts") == 0) table["contexts"] = Table();
    table["contexts"].as_table()[name] = added;
    // The first context becomes the one in use.
    if (config.contexts.empty()) table["context"] = name;
    return absl::OkStatus();
  });
}

absl::Status ConfigFile::RemoveContext(const std::string& name) const {
  return Change(path_, [&](const UserConfig& config, Table& table) {
    if (config.contexts.count(name) == 0) return NoSuchContext(config, name);
    table["contexts"].as_table().erase(name);
    if (config.context == name) table.erase("context");
    return absl::OkStatus();
  });
}

absl::Status ConfigFile::UseContext(const std::string& name) const {
  return Change(path_, [&](const UserConfig& config, Table& table) {
    if (config.contexts.count(name) == 0) return NoSuchContext(config, name);
    table["context"] = name;
    return absl::OkStatus();
  });
}

absl::Status CheckContextName(const std::string& name) {
  bool good = !name.empty() && name.size() <= 63;
  for (const char c : name) {
    good = good &&
           (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-');
  }
  return good ? absl::OkStatus() : InvalidArgument(kPhrases.context_bad_name, Visible(name));
}

absl::Status NoSuchContext(const UserConfig& config, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, context] : config.contexts) names.push_back(known);
  return LocalError(absl::StatusCode::kNotFound,
                    WithNearest(Say(kPhrases.no_context, Visible(name)), name, names));
}

}  // namespace electra::client

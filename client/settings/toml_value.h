// Tables of TOML as toml11 reads and writes them: sorted, so that a file reads alike after each
// change, and with the comments that it had. Versions 3 and 4 of the library name the same things
// differently; Debian 12 has the one, Debian 13 the other.
//
//   const TomlValue value = ParseToml(text, path);    // throws TomlError, or std::exception
//
// Included only by config_file.cc.
#pragma once

#include <exception>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <toml.hpp>

namespace electra::client {

#if TOML11_VERSION_MAJOR >= 4

struct SortedTables : toml::type_config {
  template <typename Key, typename Value>
  using table_type = std::map<Key, Value>;
};
using TomlValue = toml::basic_value<SortedTables>;
inline std::string TomlString(const TomlValue& value) { return value.as_string(); }
inline unsigned TomlLine(const TomlValue& value) {
  return static_cast<unsigned>(value.location().first_line_number());
}

#else

using TomlValue = toml::basic_value<toml::preserve_comments, std::map>;
inline std::string TomlString(const TomlValue& value) { return value.as_string().str; }
inline unsigned TomlLine(const TomlValue& value) {
  return static_cast<unsigned>(value.location().line());
}

#endif

// The parser's message, of several lines, and its line in the file.
struct TomlError : std::runtime_error {
  TomlError(const std::string& text, unsigned where) : std::runtime_error(text), line(where) {}
  unsigned line;
};

inline TomlValue ParseToml(const std::string& text, const std::string& path) {
  std::istringstream stream(text);
#if TOML11_VERSION_MAJOR >= 4
  try {
    return toml::parse<SortedTables>(stream, path);
  } catch (const toml::syntax_error& error) {
    unsigned line = 1;
    for (const toml::error_info& info : error.errors()) {
      for (const auto& [location, what] : info.locations()) {
        line = static_cast<unsigned>(location.first_line_number());
      }
    }
    throw TomlError(error.what(), line);
  }
#else
  try {
    return toml::parse<toml::preserve_comments, std::map>(stream, path);
  } catch (const toml::exception& error) {
    throw TomlError(error.what(), static_cast<unsigned>(error.location().line()));
  }
#endif
}

}  // namespace electra::client

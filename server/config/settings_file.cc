#include "server/config/settings_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/config/settings.h"

namespace electra::server {
namespace {

// Far above any real one.
constexpr std::streamoff kMaxBytes = 1 << 20;

absl::Status Refused(const std::string& path, const YAML::Mark& mark, const std::string& problem) {
  return absl::InvalidArgumentError(absl::StrCat(path, ":", mark.line + 1, ": ", problem));
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": ", std::strerror(errno)));
  std::string text(static_cast<size_t>(kMaxBytes) + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > static_cast<size_t>(kMaxBytes)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is larger than a configuration"));
  }
  return text;
}

bool IsKnown(const std::string& key) {
  const auto table = SettingTable();
  return std::any_of(table.begin(), table.end(),
                     [&key](const Setting& setting) { return setting.key == key; });
}

absl::Status ReadValue(const std::string& path, const std::string& key, const YAML::Node& node,
                       FileValue* value) {
  if (node.IsScalar()) {
    value->values = {node.Scalar()};
    return absl::OkStatus();
  }
  if (node.IsNull()) {
    value->values = {""};
    return absl::OkStatus();
  }
  if (!node.IsSequence()) return Refused(path, node.Mark(), absl::StrCat(key, " is not a value"));
  for (const YAML::Node& element : node) {
    if (!element.IsScalar()) {
      return Refused(path, element.Mark(),
                     absl::StrCat(key, " holds an element that is not a value"));
    }
    value->values.push_back(element.Scalar());
  }
  return absl::OkStatus();
}

absl::StatusOr<SettingsFile> Convert(const std::string& path, const YAML::Node& root) {
  SettingsFile file;
  if (root.IsNull()) return file;  // empty, or comments only
  if (!root.IsMap()) return Refused(path, root.Mark(), "it must be lines of KEY: VALUE");
  for (const auto& entry : root) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const YAML::Mark mark = entry.first.Mark();
    if (!IsKnown(key)) {
      return Refused(path, mark,
                     absl::StrCat("there is no setting \"", key,
                                  "\": `electrad config print` shows all of them"));
    }
    FileValue value{.values = {}, .source = absl::StrCat(path, ":", mark.line + 1)};
    RETURN_IF_ERROR(ReadValue(path, key, entry.second, &value));
    if (!file.emplace(key, std::move(value)).second) {
      return Refused(path, mark, absl::StrCat(key, " is given twice"));
    }
  }
  return file;
}

}  // namespace

absl::StatusOr<SettingsFile> ReadSettingsFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  try {
    return Convert(path, YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return Refused(path, error.mark, absl::StrCat("it is not YAML: ", error.msg));
  }
}

}  // namespace electra::server

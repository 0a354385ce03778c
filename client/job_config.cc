#include "client/job_config.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/local_file.h"
#include "client/render/visible_text.h"
#include "client/scalar.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using google::protobuf::Value;

constexpr int64_t kLargestConfig = 1 << 20;
constexpr char kKeys[] =
    "corpus, column, format, encoding, on_invalid, vocab, model, name, priority, probe, "
    "hyperparameters";

absl::Status ConfigError(std::string_view source, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("'", Visible(source), "': ", what));
}

// Both syntaxes become this: the keys in order, and of each a scalar or a map of scalars.
struct Entry {
  std::string key;
  std::optional<Value> scalar;  // none: `map` is the value
  std::vector<std::pair<std::string, Value>> map;
};

absl::Status SetText(const Entry& entry, std::optional<std::string>& field) {
  if (!entry.scalar || entry.scalar->kind_case() != Value::kStringValue) {
    return absl::InvalidArgumentError(absl::StrCat(entry.key, ": a string is wanted"));
  }
  field = entry.scalar->string_value();
  return absl::OkStatus();
}

absl::Status SetPriority(const Entry& entry, JobConfig& config) {
  const double number = entry.scalar && entry.scalar->kind_case() == Value::kNumberValue
                            ? entry.scalar->number_value()
                            : std::numeric_limits<double>::quiet_NaN();
  // The comparison is false for NaN.
  if (!(std::abs(number) <= std::numeric_limits<int32_t>::max()) || number != std::trunc(number)) {
    return absl::InvalidArgumentError("priority: a whole number is wanted");
  }
  config.priority = static_cast<int32_t>(number);
  return absl::OkStatus();
}

absl::Status SetHyperparameters(const Entry& entry, JobConfig& config) {
  if (entry.scalar) return absl::InvalidArgumentError("hyperparameters: a map is wanted");
  auto& fields = *config.hyperparameters.mutable_fields();
  for (const auto& [key, value] : entry.map) fields[key] = value;
  return absl::OkStatus();
}

absl::Status SetEntry(const Entry& entry, JobConfig& config) {
  if (entry.key == "corpus") return SetText(entry, config.corpus);
  if (entry.key == "column") return SetText(entry, config.column);
  if (entry.key == "format") return SetText(entry, config.format);
  if (entry.key == "encoding") return SetText(entry, config.encoding);
  if (entry.key == "on_invalid") return SetText(entry, config.on_invalid);
  if (entry.key == "vocab") return SetText(entry, config.vocab);
  if (entry.key == "model") return SetText(entry, config.model);
  if (entry.key == "name") return SetText(entry, config.name);
  if (entry.key == "priority") return SetPriority(entry, config);
  if (entry.key == "probe") return SetText(entry, config.probe);
  if (entry.key == "hyperparameters") return SetHyperparameters(entry, config);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown key '", Visible(entry.key), "'; the keys are ", kKeys));
}

// Remembers the keys of each open object; the parser itself would keep the last of two in silence.
class DuplicateKeys {
 public:
  bool operator()(int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event == Event::key && !open_.back().insert(parsed.get<std::string>()).second) {
      if (found_.empty()) found_ = parsed.get<std::string>();
    }
    return true;
  }
  const std::string& found() const { return found_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string found_;
};

absl::StatusOr<std::vector<Entry>> EntriesFromJson(const std::string& text) {
  DuplicateKeys duplicates;
  nlohmann::json document;
  try {
    document = nlohmann::json::parse(text, std::ref(duplicates));
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  if (!duplicates.found().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("key '", Visible(duplicates.found()), "' stands twice"));
  }
  if (!document.is_object()) return absl::InvalidArgumentError("an object is wanted");
  std::vector<Entry> entries;
  for (const auto& [key, json] : document.items()) {
    Entry entry{.key = key, .scalar = std::nullopt, .map = {}};
    if (json.is_object()) {
      for (const auto& [inner_key, inner] : json.items()) {
        absl::StatusOr<Value> value = ScalarFromJson(absl::StrCat(key, ".", inner_key), inner);
        if (!value.ok()) return value.status();
        entry.map.emplace_back(inner_key, *value);
      }
    } else {
      absl::StatusOr<Value> value = ScalarFromJson(key, json);
      if (!value.ok()) return value.status();
      entry.scalar = *value;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string LineOf(const YAML::Node& node) { return absl::StrCat("line ", node.Mark().line + 1); }

absl::StatusOr<Value> ScalarFromYaml(const std::string& key, const YAML::Node& node) {
  if (!node.IsScalar()) {
    return absl::InvalidArgumentError(absl::StrCat(
        LineOf(node), ": ", Visible(key), ": a number, true, false or a string is wanted"));
  }
  const std::string& text = node.Scalar();
  const bool quoted = node.Tag() == "!";
  if (quoted || absl::StartsWith(text, "\"")) return StringValue(text);
  return ParseScalar(key, text);
}

absl::StatusOr<std::string> KeyFromYaml(const YAML::Node& node, std::set<std::string>& seen) {
  if (!node.IsScalar()) {
    return absl::InvalidArgumentError(absl::StrCat(LineOf(node), ": a key must be a string"));
  }
  if (!seen.insert(node.Scalar()).second) {
    return absl::InvalidArgumentError(
        absl::StrCat(LineOf(node), ": key '", Visible(node.Scalar()), "' stands twice"));
  }
  return node.Scalar();
}

absl::StatusOr<Entry> EntryFromYaml(const std::string& key, const YAML::Node& node) {
  Entry entry{.key = key, .scalar = std::nullopt, .map = {}};
  if (node.IsMap()) {
    std::set<std::string> seen;
    for (const auto& item : node) {
      absl::StatusOr<std::string> inner_key = KeyFromYaml(item.first, seen);
      if (!inner_key.ok()) return inner_key.status();
      absl::StatusOr<Value> value = ScalarFromYaml(absl::StrCat(key, ".", *inner_key), item.second);
      if (!value.ok()) return value.status();
      entry.map.emplace_back(*inner_key, *value);
    }
    return entry;
  }
  // "hyperparameters:" with nothing behind it is an empty map.
  if (key == "hyperparameters" && node.IsNull()) return entry;
  absl::StatusOr<Value> value = ScalarFromYaml(key, node);
  if (!value.ok()) return value.status();
  entry.scalar = *value;
  return entry;
}

// Counts what a text holds before a tree is made of it.
class Census : public YAML::EventHandler {
 public:
  explicit Census(size_t most_nodes) : most_nodes_(most_nodes) {}

  int documents() const { return documents_; }

  void OnDocumentStart(const YAML::Mark&) override { ++documents_; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Count(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Count(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override {
    Count(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Count(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Count(mark);
  }
  void OnMapEnd() override {}

 private:
  void Count(const YAML::Mark& mark) {
    if (++nodes_ > most_nodes_) throw YAML::ParserException(mark, "too many values");
  }

  const size_t most_nodes_;
  size_t nodes_ = 0;
  int documents_ = 0;
};

// yaml-cpp's LoadAll does not end with a text such as ",", of which it makes empty documents for
// ever; so they are counted first, and no more than two.
bool IsOneDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Census census(2 * text.size() + 2);
  while (census.documents() < 2 && parser.HandleNextDocument(census)) continue;
  return census.documents() == 1;
}

absl::StatusOr<std::vector<Entry>> EntriesFromYaml(const std::string& text) {
  try {
    const YAML::Node document = IsOneDocument(text) ? YAML::Load(text) : YAML::Node();
    if (!document.IsMap()) {
      return absl::InvalidArgumentError("one map of keys and values is wanted");
    }
    std::vector<Entry> entries;
    std::set<std::string> seen;
    for (const auto& item : document) {
      absl::StatusOr<std::string> key = KeyFromYaml(item.first, seen);
      if (!key.ok()) return key.status();
      absl::StatusOr<Entry> entry = EntryFromYaml(*key, item.second);
      if (!entry.ok()) return entry.status();
      entries.push_back(*std::move(entry));
    }
    return entries;
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", error.mark.line + 1, ": ", Visible(error.msg)));
  }
}

ConfigSyntax SyntaxOf(const std::string& path, const std::string& text) {
  const std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".json") return ConfigSyntax::kJson;
  if (ending == ".yaml" || ending == ".yml") return ConfigSyntax::kYaml;
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{' ? ConfigSyntax::kJson
                                                          : ConfigSyntax::kYaml;
}

std::string RelativeTo(const std::string& config_path, const std::string& file) {
  return (std::filesystem::path(config_path).parent_path() / file).string();
}

}  // namespace

absl::StatusOr<JobConfig> ParseJobConfig(const std::string& text, ConfigSyntax syntax,
                                         std::string_view source) {
  if (!IsUtf8(text)) return ConfigError(source, "not UTF-8");
  absl::StatusOr<std::vector<Entry>> entries =
      syntax == ConfigSyntax::kJson ? EntriesFromJson(text) : EntriesFromYaml(text);
  if (!entries.ok()) return ConfigError(source, std::string(entries.status().message()));
  JobConfig config;
  for (const Entry& entry : *entries) {
    if (absl::Status status = SetEntry(entry, config); !status.ok()) {
      return ConfigError(source, std::string(status.message()));
    }
  }
  return config;
}

absl::StatusOr<JobConfig> ReadJobConfig(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWhole(path, kLargestConfig);
  if (!text.ok()) return text.status();
  absl::StatusOr<JobConfig> config = ParseJobConfig(*text, SyntaxOf(path, *text), path);
  if (!config.ok()) return config;
  if (config->corpus && !absl::StartsWith(*config->corpus, "corpora/")) {
    config->corpus = RelativeTo(path, *config->corpus);
  }
  if (config->vocab) config->vocab = RelativeTo(path, *config->vocab);
  if (config->probe) config->probe = RelativeTo(path, *config->probe);
  return config;
}

absl::Status ApplySetting(std::string_view setting, google::protobuf::Struct& hyperparameters) {
  const size_t equals = setting.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(absl::StrCat("--set '", Visible(setting),
                                                   "': KEY=VALUE is wanted, such as "
                                                   "learning_rate=1e-4"));
  }
  const std::string key(setting.substr(0, equals));
  if (!IsUtf8(key)) {
    return absl::InvalidArgumentError(absl::StrCat("--set '", Visible(setting), "': not UTF-8"));
  }
  absl::StatusOr<google::protobuf::Value> value =
      ParseScalar(key, std::string(setting.substr(equals + 1)));
  if (!value.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--set ", value.status().message()));
  }
  (*hyperparameters.mutable_fields())[key] = *std::move(value);
  return absl::OkStatus();
}

absl::StatusOr<v1::CorpusFormat> ParseFormat(const std::string& name) {
  if (name == "txt") return v1::TEXT;
  if (name == "csv") return v1::CSV;
  if (name == "tsv") return v1::TSV;
  if (name == "jsonl") return v1::JSONL;
  return absl::InvalidArgumentError(
      absl::StrCat("format '", Visible(name), "' is none of txt, csv, tsv, jsonl"));
}

absl::StatusOr<v1::OnInvalidText> ParseOnInvalid(const std::string& name) {
  if (name == "refuse") return v1::REFUSE;
  if (name == "replace") return v1::REPLACE;
  if (name == "skip") return v1::SKIP;
  return absl::InvalidArgumentError(
      absl::StrCat("on_invalid '", Visible(name), "' is none of refuse, replace, skip"));
}

}  // namespace electra::client

#include "client/jobfile/job_config.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/local_file.h"
#include "client/jobfile/job_keys.h"
#include "client/jobfile/scalar.h"
#include "client/text/visible_text.h"
#include "core/base/nearest.h"
#include "core/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using google::protobuf::Value;

constexpr int64_t kLargestConfig = 1 << 20;
// Both syntaxes become this: the keys in order, each with a scalar or a map of scalars.
struct Setting {
  std::string key;
  int line = 0;
  Value value;
};
struct Entry {
  std::string key;
  int line = 0;
  std::optional<Value> scalar;  // none: `map` is the value
  std::vector<Setting> map;
};

// The understood entries of a text, and its problems.
struct Document {
  std::vector<Entry> entries;
  std::vector<ConfigProblem> problems;

  void Object(int line, const std::string& key, const Bilingual& what) {
    problems.push_back({.line = line, .key = key, .what = what});
  }
};

absl::Status SetText(const Entry& entry, std::optional<std::string>& field) {
  if (!entry.scalar || entry.scalar->kind_case() != Value::kStringValue) {
    return InvalidArgument(kPhrases.want_string, entry.key);
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
    return InvalidArgument(kPhrases.want_whole_number, entry.key);
  }
  config.priority = static_cast<int32_t>(number);
  return absl::OkStatus();
}

absl::Status SetHyperparameters(const Entry& entry, JobConfig& config) {
  if (entry.scalar) return InvalidArgument(kPhrases.want_map, entry.key);
  auto& fields = *config.hyperparameters.mutable_fields();
  for (const Setting& setting : entry.map) fields[setting.key] = setting.value;
  return absl::OkStatus();
}

// `mix`: the shares of further corpora, from 0 to 1; the first has the rest.
absl::Status SetMix(const Entry& entry, JobConfig& config) {
  if (entry.scalar) return InvalidArgument(kPhrases.want_map, entry.key);
  double sum = 0;
  for (const Setting& setting : entry.map) {
    const double share = setting.value.kind_case() == Value::kNumberValue
                             ? setting.value.number_value()
                             : std::numeric_limits<double>::quiet_NaN();
    if (!(share >= 0) || !(share < 1)) return InvalidArgument(kPhrases.bad_mix_map, entry.key);
    sum += share;
    config.more_corpora.push_back({.corpus = setting.key, .share = share});
  }
  if (sum >= 1) return InvalidArgument(kPhrases.bad_mix_map, entry.key);
  if (sum > 0) config.corpus_share = 1 - sum;
  return absl::OkStatus();
}

absl::Status SetEvalCorpora(const Entry& entry, JobConfig& config) {
  if (entry.scalar) return InvalidArgument(kPhrases.want_map, entry.key);
  for (const Setting& setting : entry.map) {
    if (setting.value.kind_case() != Value::kStringValue) {
      return InvalidArgument(kPhrases.want_string, absl::StrCat(entry.key, ".", setting.key));
    }
    config.eval_corpora.push_back({.name = setting.key, .corpus = setting.value.string_value()});
  }
  return absl::OkStatus();
}

absl::Status SetEntry(const Entry& entry, JobConfig& config) {
  if (entry.key == "corpus") return SetText(entry, config.corpus);
  if (entry.key == "mix") return SetMix(entry, config);
  if (entry.key == "eval_corpora") return SetEvalCorpora(entry, config);
  if (entry.key == "column") return SetText(entry, config.column);
  if (entry.key == "format") return SetText(entry, config.format);
  if (entry.key == "encoding") return SetText(entry, config.encoding);
  if (entry.key == "on_invalid") return SetText(entry, config.on_invalid);
  if (entry.key == "delimiter") return SetText(entry, config.delimiter);
  if (entry.key == "quoting") return SetText(entry, config.quoting);
  if (entry.key == "vocab") return SetText(entry, config.vocab);
  if (entry.key == "model") return SetText(entry, config.model);
  if (entry.key == "name") return SetText(entry, config.name);
  if (entry.key == "priority") return SetPriority(entry, config);
  if (entry.key == "probe") return SetText(entry, config.probe);
  if (entry.key == "notify") return SetText(entry, config.notify);
  if (entry.key == "hyperparameters") return SetHyperparameters(entry, config);
  const std::vector<std::string> known = JobKeyNames();
  const Bilingual unknown = Say(kPhrases.unknown_key, Visible(entry.key));
  const std::optional<std::string> nearest = Nearest(entry.key, known);
  return LocalError(absl::StatusCode::kInvalidArgument,
                    nearest ? Say(kPhrases.did_you_mean, unknown, *nearest)
                            : Say(kPhrases.known_keys, unknown, absl::StrJoin(known, ", ")));
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

int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

// YAML, which includes JSON, gives the lines of its keys.
std::map<std::string, int> LinesOf(const std::string& text) {
  std::map<std::string, int> lines;
  try {
    const YAML::Node document = YAML::Load(text);
    if (!document.IsMap()) return lines;
    for (const auto& item : document) {
      if (!item.first.IsScalar()) continue;
      lines[item.first.Scalar()] = LineOf(item.first);
      if (!item.second.IsMap()) continue;
      for (const auto& inner : item.second) {
        if (!inner.first.IsScalar()) continue;
        lines[absl::StrCat(item.first.Scalar(), ".", inner.first.Scalar())] = LineOf(inner.first);
      }
    }
  } catch (const YAML::Exception&) {
    // Then the lines stay unknown.
  }
  return lines;
}

void AddJson(const std::string& key, const nlohmann::json& json,
             const std::map<std::string, int>& lines, Document* document) {
  const auto line_of = [&](const std::string& path) {
    const auto found = lines.find(path);
    return found == lines.end() ? 0 : found->second;
  };
  Entry entry{.key = key, .line = line_of(key), .scalar = std::nullopt, .map = {}};
  if (!json.is_object()) {
    absl::StatusOr<Value> value = ScalarFromJson(key, json);
    if (!value.ok()) return document->Object(entry.line, key, value.status());
    entry.scalar = *std::move(value);
  }
  for (auto inner = json.begin(); json.is_object() && inner != json.end(); ++inner) {
    const std::string path = absl::StrCat(key, ".", inner.key());
    absl::StatusOr<Value> value = ScalarFromJson(path, inner.value());
    if (value.ok()) {
      entry.map.push_back({inner.key(), line_of(path), *std::move(value)});
    } else {
      document->Object(line_of(path), path, value.status());
    }
  }
  document->entries.push_back(std::move(entry));
}

Document DocumentFromJson(const std::string& text) {
  Document document;
  DuplicateKeys duplicates;
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(text, std::ref(duplicates));
  } catch (const nlohmann::json::exception& error) {
    document.Object(0, "", Visible(error.what()));
    return document;
  }
  if (!duplicates.found().empty()) {
    document.Object(0, duplicates.found(), Say(kPhrases.twice, Visible(duplicates.found())));
  } else if (!json.is_object()) {
    document.Object(0, "", kPhrases.want_object);
  } else {
    const std::map<std::string, int> lines = LinesOf(text);
    for (const auto& [key, value] : json.items()) AddJson(key, value, lines, &document);
  }
  return document;
}

absl::StatusOr<Value> ScalarFromYaml(const std::string& key, const YAML::Node& node) {
  if (!node.IsScalar()) return InvalidArgument(kPhrases.want_scalar, Visible(key));
  const std::string& text = node.Scalar();
  const bool is_string = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
  if (is_string || absl::StartsWith(text, "\"")) return StringValue(text);
  return ParseScalar(key, text);
}

// False where the key is invalid or a duplicate.
bool IsNewKey(const YAML::Node& node, std::set<std::string>* seen, Document* document) {
  if (!node.IsScalar()) {
    document->Object(LineOf(node), "", kPhrases.key_not_string);
    return false;
  }
  if (seen->insert(node.Scalar()).second) return true;
  document->Object(LineOf(node), node.Scalar(), Say(kPhrases.twice, Visible(node.Scalar())));
  return false;
}

void AddYaml(const YAML::Node& key_node, const YAML::Node& node, Document* document) {
  const std::string& key = key_node.Scalar();
  Entry entry{.key = key, .line = LineOf(key_node), .scalar = std::nullopt, .map = {}};
  // "hyperparameters:" with nothing after it is an empty map.
  const bool is_empty_map = key == "hyperparameters" && node.IsNull();
  if (!node.IsMap() && !is_empty_map) {
    absl::StatusOr<Value> value = ScalarFromYaml(key, node);
    if (!value.ok()) return document->Object(entry.line, key, value.status());
    entry.scalar = *std::move(value);
  }
  std::set<std::string> seen;
  if (node.IsMap()) {
    for (const auto& item : node) {
      if (!IsNewKey(item.first, &seen, document)) continue;
      const std::string path = absl::StrCat(key, ".", item.first.Scalar());
      absl::StatusOr<Value> value = ScalarFromYaml(path, item.second);
      if (value.ok()) {
        entry.map.push_back({item.first.Scalar(), LineOf(item.first), *std::move(value)});
      } else {
        document->Object(LineOf(item.first), path, value.status());
      }
    }
  }
  document->entries.push_back(std::move(entry));
}

// Counts the parts of a text before building a tree of it.
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

// yaml-cpp's LoadAll never ends on a text such as ",", which gives it empty documents for ever; so
// they are counted first, up to two.
bool IsOneDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Census census(2 * text.size() + 2);
  while (census.documents() < 2 && parser.HandleNextDocument(census)) continue;
  return census.documents() == 1;
}

Document DocumentFromYaml(const std::string& text) {
  Document document;
  try {
    const YAML::Node root = IsOneDocument(text) ? YAML::Load(text) : YAML::Node();
    if (!root.IsMap()) {
      document.Object(0, "", kPhrases.want_document);
      return document;
    }
    std::set<std::string> seen;
    for (const auto& item : root) {
      if (IsNewKey(item.first, &seen, &document)) AddYaml(item.first, item.second, &document);
    }
  } catch (const YAML::Exception& error) {
    document.Object(error.mark.line + 1, "", Visible(error.msg));
  }
  return document;
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

void RelateTo(const std::string& path, JobConfig* config) {
  const auto relate = [&path](std::string& corpus) {
    if (!absl::StartsWith(corpus, "corpora/")) corpus = RelativeTo(path, corpus);
  };
  if (config->corpus) relate(*config->corpus);
  for (SharedCorpus& more : config->more_corpora) relate(more.corpus);
  for (NamedCorpus& evaluated : config->eval_corpora) relate(evaluated.corpus);
  if (config->vocab) config->vocab = RelativeTo(path, *config->vocab);
  if (config->probe) config->probe = RelativeTo(path, *config->probe);
}

absl::Status NoneOf(const char* key, const std::string& value,
                    const std::vector<std::string>& choices) {
  const Bilingual wrong = Say(kPhrases.wrong_value, key,
                              Say(kPhrases.one_of, Visible(value), absl::StrJoin(choices, ", ")));
  const std::optional<std::string> nearest = Nearest(value, choices);
  return LocalError(absl::StatusCode::kInvalidArgument,
                    nearest ? Say(kPhrases.did_you_mean, wrong, *nearest) : wrong);
}

}  // namespace

CheckedConfig CheckJobConfig(const std::string& text, ConfigSyntax syntax) {
  CheckedConfig checked;
  if (!IsUtf8(text)) {
    checked.problems.push_back({.what = kPhrases.not_utf8});
    return checked;
  }
  Document document =
      syntax == ConfigSyntax::kJson ? DocumentFromJson(text) : DocumentFromYaml(text);
  for (const Entry& entry : document.entries) {
    checked.lines[entry.key] = entry.line;
    for (const Setting& setting : entry.map) {
      checked.lines[absl::StrCat(entry.key, ".", setting.key)] = setting.line;
    }
    if (absl::Status status = SetEntry(entry, checked.config); !status.ok()) {
      document.Object(entry.line, entry.key, status);
    }
  }
  checked.problems = std::move(document.problems);
  std::stable_sort(checked.problems.begin(), checked.problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) { return a.line < b.line; });
  return checked;
}

absl::StatusOr<JobConfig> ParseJobConfig(const std::string& text, ConfigSyntax syntax,
                                         std::string_view source) {
  CheckedConfig checked = CheckJobConfig(text, syntax);
  if (checked.problems.empty()) return std::move(checked.config);
  const ConfigProblem& first = checked.problems.front();
  Bilingual what = first.line > 0 ? Say(kPhrases.in_line, first.line, first.what) : first.what;
  if (checked.problems.size() > 1) {
    what = Say(kPhrases.and_more, what, checked.problems.size() - 1);
  }
  return InvalidArgument(kPhrases.in_file, Visible(source), what);
}

absl::StatusOr<CheckedConfig> CheckJobFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path, kLargestConfig));
  CheckedConfig checked = CheckJobConfig(text, SyntaxOf(path, text));
  RelateTo(path, &checked.config);
  return checked;
}

absl::StatusOr<JobConfig> ReadJobConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path, kLargestConfig));
  absl::StatusOr<JobConfig> config = ParseJobConfig(text, SyntaxOf(path, text), path);
  if (config.ok()) RelateTo(path, &*config);
  return config;
}

absl::Status ApplySetting(std::string_view setting, google::protobuf::Struct& hyperparameters,
                          std::string_view option) {
  const std::string from(option);
  const size_t equals = setting.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return InvalidArgument(kPhrases.bad_setting, from, Visible(setting));
  }
  const std::string key(setting.substr(0, equals));
  if (!IsUtf8(key)) return InvalidArgument(kPhrases.setting_not_utf8, from, Visible(setting));
  absl::StatusOr<google::protobuf::Value> value =
      ParseScalar(key, std::string(setting.substr(equals + 1)));
  if (!value.ok()) return InvalidArgument(kPhrases.setting, from, value.status());
  (*hyperparameters.mutable_fields())[key] = *std::move(value);
  return absl::OkStatus();
}

absl::StatusOr<v1::CorpusFormat> ParseFormat(const std::string& name) {
  if (name == "txt") return v1::TEXT;
  if (name == "csv") return v1::CSV;
  if (name == "tsv") return v1::TSV;
  if (name == "jsonl") return v1::JSONL;
  return NoneOf("format", name, {"txt", "csv", "tsv", "jsonl"});
}

absl::StatusOr<v1::OnInvalidText> ParseOnInvalid(const std::string& name) {
  if (name == "refuse") return v1::REFUSE;
  if (name == "replace") return v1::REPLACE;
  if (name == "skip") return v1::SKIP;
  return NoneOf("on_invalid", name, {"refuse", "replace", "skip"});
}

absl::StatusOr<std::string> ParseDelimiter(const std::string& text) {
  if (text == "tab" || text == "\\t") return "\t";
  const bool is_one = text.size() == 1 && IsUtf8(text) &&
                      text.find_first_of(std::string_view("\"\r\n\0", 4)) == std::string::npos;
  if (!is_one) return InvalidArgument(kPhrases.bad_delimiter, Visible(text));
  return text;
}

absl::StatusOr<v1::Quoting> ParseQuoting(const std::string& name) {
  if (name == "none") return v1::QUOTING_NONE;
  if (name == "csv") return v1::QUOTING_CSV;
  return NoneOf("quoting", name, {"none", "csv"});
}

}  // namespace electra::client

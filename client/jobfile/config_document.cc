#include "client/jobfile/config_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/jobfile/scalar.h"
#include "client/text/visible_text.h"
#include "nlohmann/json.hpp"

namespace electra::client {
namespace {

using google::protobuf::Value;

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
             const std::map<std::string, int>& lines, ConfigDocument* document) {
  const auto line_of = [&](const std::string& path) {
    const auto found = lines.find(path);
    return found == lines.end() ? 0 : found->second;
  };
  ConfigEntry entry{.key = key, .line = line_of(key), .scalar = std::nullopt, .map = {}};
  if (!json.is_object()) {
    absl::StatusOr<Value> value = ScalarFromJson(key, json);
    if (!value.ok()) return document->AddProblem(entry.line, key, value.status());
    entry.scalar = *std::move(value);
  }
  for (auto inner = json.begin(); json.is_object() && inner != json.end(); ++inner) {
    const std::string path = absl::StrCat(key, ".", inner.key());
    absl::StatusOr<Value> value = ScalarFromJson(path, inner.value());
    if (value.ok()) {
      entry.map.push_back({inner.key(), line_of(path), *std::move(value)});
    } else {
      document->AddProblem(line_of(path), path, value.status());
    }
  }
  document->entries.push_back(std::move(entry));
}

absl::StatusOr<Value> ScalarFromYaml(const std::string& key, const YAML::Node& node) {
  if (!node.IsScalar()) return InvalidArgument(kPhrases.want_scalar, Visible(key));
  const std::string& text = node.Scalar();
  const bool is_string = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
  if (is_string || absl::StartsWith(text, "\"")) return StringValue(text);
  return ParseScalar(key, text);
}

// False where the key is invalid or a duplicate.
bool IsNewKey(const YAML::Node& node, std::set<std::string>* seen, ConfigDocument* document) {
  if (!node.IsScalar()) {
    document->AddProblem(LineOf(node), "", kPhrases.key_not_string);
    return false;
  }
  if (seen->insert(node.Scalar()).second) return true;
  document->AddProblem(LineOf(node), node.Scalar(), Say(kPhrases.twice, Visible(node.Scalar())));
  return false;
}

void AddYaml(const YAML::Node& key_node, const YAML::Node& node, ConfigDocument* document) {
  const std::string& key = key_node.Scalar();
  ConfigEntry entry{.key = key, .line = LineOf(key_node), .scalar = std::nullopt, .map = {}};
  // "hyperparameters:" with nothing after it is an empty map.
  const bool is_empty_map = key == "hyperparameters" && node.IsNull();
  if (!node.IsMap() && !is_empty_map) {
    absl::StatusOr<Value> value = ScalarFromYaml(key, node);
    if (!value.ok()) return document->AddProblem(entry.line, key, value.status());
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
        document->AddProblem(LineOf(item.first), path, value.status());
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

}  // namespace

ConfigDocument DocumentFromJson(const std::string& text) {
  ConfigDocument document;
  DuplicateKeys duplicates;
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(text, std::ref(duplicates));
  } catch (const nlohmann::json::exception& error) {
    document.AddProblem(0, "", Visible(error.what()));
    return document;
  }
  if (!duplicates.found().empty()) {
    document.AddProblem(0, duplicates.found(), Say(kPhrases.twice, Visible(duplicates.found())));
  } else if (!json.is_object()) {
    document.AddProblem(0, "", kPhrases.want_object);
  } else {
    const std::map<std::string, int> lines = LinesOf(text);
    for (const auto& [key, value] : json.items()) AddJson(key, value, lines, &document);
  }
  return document;
}

ConfigDocument DocumentFromYaml(const std::string& text) {
  ConfigDocument document;
  try {
    const YAML::Node root = IsOneDocument(text) ? YAML::Load(text) : YAML::Node();
    if (!root.IsMap()) {
      document.AddProblem(0, "", kPhrases.want_document);
      return document;
    }
    std::set<std::string> seen;
    for (const auto& item : root) {
      if (IsNewKey(item.first, &seen, &document)) AddYaml(item.first, item.second, &document);
    }
  } catch (const YAML::Exception& error) {
    document.AddProblem(error.mark.line + 1, "", Visible(error.msg));
  }
  return document;
}

}  // namespace electra::client

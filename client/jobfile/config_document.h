// A job file's text as keys and values, whichever syntax it has, before anything is known of what
// they mean.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/i18n/phrases.h"
#include "google/protobuf/struct.pb.h"

namespace electra::client {

enum class ConfigSyntax { kJson, kYaml };

// Something that is wrong in a job file.
struct ConfigProblem {
  int line = 0;     // from 1; 0: not known
  std::string key;  // "hyperparameters.learning_rate"; empty: the whole
  Bilingual what;
};

// Both syntaxes become this: the keys in order, each with a scalar or a map of scalars.
struct ConfigSetting {
  std::string key;
  int line = 0;
  google::protobuf::Value value;
};
struct ConfigEntry {
  std::string key;
  int line = 0;
  std::optional<google::protobuf::Value> scalar;  // none: `map` is the value
  std::vector<ConfigSetting> map;
};

// The understood entries of a text, and its problems.
struct ConfigDocument {
  std::vector<ConfigEntry> entries;
  std::vector<ConfigProblem> problems;

  void AddProblem(int line, const std::string& key, const Bilingual& what) {
    problems.push_back({.line = line, .key = key, .what = what});
  }
};

ConfigDocument DocumentFromJson(const std::string& text);
ConfigDocument DocumentFromYaml(const std::string& text);

}  // namespace electra::client

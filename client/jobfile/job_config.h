// A user's settings for a job: the job file, and `--set key=value` on top of it.
//
//   absl::StatusOr<JobConfig> config = ReadJobConfig("job.yaml");
//   absl::Status status = ApplySetting("learning_rate=1e-4", config->hyperparameters);
//
// The client knows the keys of the file (job_keys.h), but not of the hyperparameters: the server
// checks them.
//
// Thread safety: pure functions. Ownership: values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/jobfile/config_document.h"
#include "google/protobuf/struct.pb.h"

namespace electra::client {

// "corpora/ID" rather than a file.
bool IsOnServer(const std::string& corpus);

// A file, "FILE:COLUMN", or "corpora/ID".
struct SharedCorpus {
  std::string corpus;
  double share = 0;  // share of the tokens; 0: as much as it holds
};
struct NamedCorpus {
  std::string name;  // empty: the file's, up to its first dot
  std::string corpus;
};

struct JobConfig {
  std::optional<std::string> corpus;
  double corpus_share = 0;  // as in SharedCorpus
  std::vector<SharedCorpus> more_corpora;
  std::vector<NamedCorpus> eval_corpora;
  std::optional<std::string> column;
  std::optional<std::string> format;
  std::optional<std::string> encoding;
  std::optional<std::string> on_invalid;
  std::optional<std::string> delimiter;
  std::optional<std::string> quoting;
  std::optional<std::string> vocab;
  std::optional<std::string> model;
  std::optional<std::string> name;
  std::optional<int32_t> priority;
  std::optional<std::string> probe;
  std::optional<std::string> notify;
  google::protobuf::Struct hyperparameters;
};

// YAML or JSON: by the file's ending, else JSON if it begins with a brace. File names in it
// (corpus, mix, eval_corpora, vocab, probe) are relative to its folder, and are returned as paths
// that can be opened from here.
absl::StatusOr<JobConfig> ReadJobConfig(const std::string& path);

// A job file as far as it can be understood.
struct CheckedConfig {
  JobConfig config;
  std::map<std::string, int> lines;  // of its keys, "hyperparameters.learning_rate" among them
  std::vector<ConfigProblem> problems;
};
CheckedConfig CheckJobConfig(const std::string& text, ConfigSyntax syntax);
// The file's; an error where it cannot be read.
absl::StatusOr<CheckedConfig> CheckJobFile(const std::string& path);

// The first problem of a text as an error; `source` names the text in it.
absl::StatusOr<JobConfig> ParseJobConfig(const std::string& text, ConfigSyntax syntax,
                                         std::string_view source);

// "key=value" into `hyperparameters`, replacing an old value. A value has the same meaning as in a
// job file: `True` is a boolean, `.5` a number; quotes make a string of "true" or 5.
// `option` names where the setting comes from in errors.
absl::Status ApplySetting(std::string_view setting, google::protobuf::Struct& hyperparameters,
                          std::string_view option = "--set");

}  // namespace electra::client

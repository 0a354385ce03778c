// What a user asks of a job: the job file, and `--set key=value` on top of it.
//
//   absl::StatusOr<JobConfig> config = ReadJobConfig("job.yaml");
//   absl::Status status = ApplySetting("learning_rate=1e-4", config->hyperparameters);
//
// The client knows the keys of the file, not those of the hyperparameters: the server checks them.
//
// Thread safety: pure functions. Ownership: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "electra/v1/corpus.pb.h"
#include "google/protobuf/struct.pb.h"

namespace electra::client {

struct JobConfig {
  std::optional<std::string> corpus;
  std::optional<std::string> column;
  std::optional<std::string> format;
  std::optional<std::string> encoding;
  std::optional<std::string> on_invalid;
  std::optional<std::string> vocab;
  std::optional<std::string> model;
  std::optional<std::string> name;
  std::optional<int32_t> priority;
  std::optional<std::string> probe;
  google::protobuf::Struct hyperparameters;
};

enum class ConfigSyntax { kJson, kYaml };

// YAML or JSON: by the file's ending, else JSON where it begins with a brace. File names in it
// (corpus, vocab, probe) are relative to its folder and come back so that they can be opened from
// here.
absl::StatusOr<JobConfig> ReadJobConfig(const std::string& path);

// `source` names the text in errors.
absl::StatusOr<JobConfig> ParseJobConfig(const std::string& text, ConfigSyntax syntax,
                                         std::string_view source);

// "key=value" into `hyperparameters`, replacing what was there. A value that is a JSON number or
// boolean is one, everything else is a string; quotes make a string of "true" or 5.
absl::Status ApplySetting(std::string_view setting, google::protobuf::Struct& hyperparameters);

// txt, csv, tsv or jsonl.
absl::StatusOr<v1::CorpusFormat> ParseFormat(const std::string& name);

// refuse, replace or skip.
absl::StatusOr<v1::OnInvalidText> ParseOnInvalid(const std::string& name);

}  // namespace electra::client

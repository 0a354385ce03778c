#include "client/jobfile/job_config.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/local_file.h"
#include "client/jobfile/config_document.h"
#include "client/jobfile/job_keys.h"
#include "client/jobfile/scalar.h"
#include "client/text/visible_text.h"
#include "core/base/nearest.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

using google::protobuf::Value;

constexpr int64_t kLargestConfig = 1 << 20;

absl::Status SetText(const ConfigEntry& entry, std::optional<std::string>& field) {
  if (!entry.scalar || entry.scalar->kind_case() != Value::kStringValue) {
    return InvalidArgument(kPhrases.want_string, entry.key);
  }
  field = entry.scalar->string_value();
  return absl::OkStatus();
}

absl::Status SetPriority(const ConfigEntry& entry, JobConfig& config) {
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

absl::Status SetHyperparameters(const ConfigEntry& entry, JobConfig& config) {
  if (entry.scalar) return InvalidArgument(kPhrases.want_map, entry.key);
  auto& fields = *config.hyperparameters.mutable_fields();
  for (const ConfigSetting& setting : entry.map) fields[setting.key] = setting.value;
  return absl::OkStatus();
}

// `mix`: the shares of further corpora, from 0 to 1; the first has the rest.
absl::Status SetMix(const ConfigEntry& entry, JobConfig& config) {
  if (entry.scalar) return InvalidArgument(kPhrases.want_map, entry.key);
  double sum = 0;
  for (const ConfigSetting& setting : entry.map) {
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

absl::Status SetEvalCorpora(const ConfigEntry& entry, JobConfig& config) {
  if (entry.scalar) return InvalidArgument(kPhrases.want_map, entry.key);
  for (const ConfigSetting& setting : entry.map) {
    if (setting.value.kind_case() != Value::kStringValue) {
      return InvalidArgument(kPhrases.want_string, absl::StrCat(entry.key, ".", setting.key));
    }
    config.eval_corpora.push_back({.name = setting.key, .corpus = setting.value.string_value()});
  }
  return absl::OkStatus();
}

absl::Status SetEntry(const ConfigEntry& entry, JobConfig& config) {
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
    if (!IsOnServer(corpus)) corpus = RelativeTo(path, corpus);
  };
  if (config->corpus) relate(*config->corpus);
  for (SharedCorpus& more : config->more_corpora) relate(more.corpus);
  for (NamedCorpus& evaluated : config->eval_corpora) relate(evaluated.corpus);
  if (config->vocab) config->vocab = RelativeTo(path, *config->vocab);
  if (config->probe) config->probe = RelativeTo(path, *config->probe);
}

}  // namespace

bool IsOnServer(const std::string& corpus) { return absl::StartsWith(corpus, "corpora/"); }

CheckedConfig CheckJobConfig(const std::string& text, ConfigSyntax syntax) {
  CheckedConfig checked;
  if (!IsUtf8(text)) {
    checked.problems.push_back({.what = kPhrases.not_utf8});
    return checked;
  }
  ConfigDocument document =
      syntax == ConfigSyntax::kJson ? DocumentFromJson(text) : DocumentFromYaml(text);
  for (const ConfigEntry& entry : document.entries) {
    checked.lines[entry.key] = entry.line;
    for (const ConfigSetting& setting : entry.map) {
      checked.lines[absl::StrCat(entry.key, ".", setting.key)] = setting.line;
    }
    if (absl::Status status = SetEntry(entry, checked.config); !status.ok()) {
      document.AddProblem(entry.line, entry.key, status);
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

}  // namespace electra::client

#include "server/jobs/check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "server/jobs/report_messages.h"

namespace electra::server {

absl::StatusOr<JobSettings> CheckJobSettings(Database& database, const DataDir& data_dir,
                                             const Trainer& trainer, const std::string& model,
                                             const google::protobuf::Struct& hyperparameters,
                                             const std::string& vocabulary) {
  JobSettings settings;
  ASSIGN_OR_RETURN(settings.model,
                   FindStartingModel(database, data_dir, model.empty() ? "models/small" : model));
  ASSIGN_OR_RETURN(const std::string json, StructToJson(hyperparameters));
  ParsedHyperparameters parsed = ParseHyperparameters(json);
  for (const HyperparameterViolation& violation : parsed.violations) {
    settings.violations.push_back(
        {absl::StrCat("hyperparameters.", violation.key), violation.problem});
  }
  ApplyStartingModel(settings.model, vocabulary, &parsed, &settings.violations);
  settings.values = std::move(parsed.values);
  absl::StatusOr<std::string> device = trainer.ResolveDevice(settings.values.device);
  if (device.ok()) {
    settings.device = *std::move(device);
  } else {
    settings.violations.push_back(
        {"hyperparameters.device", std::string(device.status().message())});
  }
  return settings;
}

// A sample of b bytes has at most b tokens, so at most 1 + b / window sequences.
void CheckBatchCanFit(const Hyperparameters& hyperparameters, const CorpusRow& corpus,
                      std::vector<FieldViolation>* violations) {
  if (corpus.text_bytes == 0) return;
  const int64_t window = hyperparameters.max_length - 2;
  const int64_t most_sequences = corpus.sample_count + corpus.text_bytes / window;
  const int64_t wanted = hyperparameters.batch_size * hyperparameters.gradient_accumulation_steps;
  if (wanted <= most_sequences) return;
  violations->push_back({"hyperparameters.batch_size",
                         absl::StrCat("batch_size x gradient_accumulation_steps is ", wanted,
                                      ", but corpus ", corpus.name, " has ", corpus.sample_count,
                                      " samples: use a smaller batch, or a larger corpus")});
}

}  // namespace electra::server

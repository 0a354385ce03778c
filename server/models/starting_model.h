// The model that a job starts from (a preset, an imported model or another job's checkpoint), and
// the hyperparameters that it determines. Free functions without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/hub/pretrained_pair.h"
#include "core/settings/hyperparameter_table.h"
#include "core/shape/presets.h"
#include "server/base/data_dir.h"
#include "server/base/errors.h"
#include "server/models/source.h"
#include "server/store/database.h"

namespace electra::server {

struct StartingModel {
  std::string name;                          // without "models/"; of a checkpoint "jobs/ID@60"
  const ModelPreset* preset = nullptr;       // null: it has weights
  std::string sha256;                        // of an imported model
  std::string sources;                       // as in ModelRow
  std::optional<PretrainedPair> pretrained;  // where there is no preset
  // A job's checkpoint, which becomes an imported model (checkpoint_import.h) before a job starts
  // from it.
  std::optional<ModelSource> checkpoint = std::nullopt;
};

// "models/books", or "jobs/ID@60".
std::string ResourceName(const StartingModel& model);

// `resource_name` is "models/{id}", or a job's as in FindCheckpoint (source.h). NotFound: there is
// no such model. Also the errors of LoadPretrainedPair.
absl::StatusOr<StartingModel> FindStartingModel(Database& database, const DataDir& data_dir,
                                                const std::string& resource_name);

// Fills values that were not given (`parsed->given`) from the model, and adds a violation for each
// value that conflicts with it. `vocabulary`: the vocab.txt that came with the job, or empty.
void ApplyStartingModel(const StartingModel& model, const std::string& vocabulary,
                        ParsedHyperparameters* parsed, std::vector<FieldViolation>* violations);

// Sets the values that a tokenizer determines, and adds a violation for each value that was given
// differently. `model`: the one that the tokenizer belongs to; empty: it comes from the submitted
// tokenizer.json.
void ApplyTokenizer(const TokenizerOptions& tokenizer, std::string_view model,
                    ParsedHyperparameters* parsed, std::vector<FieldViolation>* violations);

}  // namespace electra::server

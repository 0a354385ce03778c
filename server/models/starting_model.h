// What a job starts from, a preset, an imported model or another job's checkpoint, and what that
// decides of its hyperparameters. Free functions without state.
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
  // A job's, which is to become an imported model (checkpoint_import.h) before a job starts from it.
  std::optional<ModelSource> checkpoint = std::nullopt;
};

// "models/books", or "jobs/ID@60".
std::string ResourceName(const StartingModel& model);

// `resource_name` is "models/{id}", or a job's as FindCheckpoint (source.h) takes it. NotFound:
// there is no such model. What LoadPretrainedPair refuses is refused here.
absl::StatusOr<StartingModel> FindStartingModel(Database& database, const DataDir& data_dir,
                                                const std::string& resource_name);

// Fills what was not given (`parsed->given`) with what the model says, and adds a violation for
// each value that cannot go with it. `vocabulary`: the vocab.txt that came with the job, or empty.
void ApplyStartingModel(const StartingModel& model, const std::string& vocabulary,
                        ParsedHyperparameters* parsed, std::vector<FieldViolation>* violations);

// Sets what a tokenizer decides, and adds a violation for each value that was given otherwise.
// `model`: the one that the tokenizer belongs to; empty: it is of the submitted tokenizer.json.
void ApplyTokenizer(const TokenizerOptions& tokenizer, std::string_view model,
                    ParsedHyperparameters* parsed, std::vector<FieldViolation>* violations);

}  // namespace electra::server

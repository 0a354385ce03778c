// Fine-tunes a discriminator as a classifier of a user's texts, and says how well it does on texts
// that it was not trained on. Free of libtorch, gRPC and SQLite.
//
//   ASSIGN_OR_RETURN(const FinetuningResult result, RunFinetuning(task, stop, on_progress));
//   ... result.scores.macro_f1 ...
//
// Free functions without state. The result of a run depends only on its task and the kind of
// device.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "core/settings/hyperparameters.h"
#include "core/shape/config.h"
#include "core/task/labelled_text.h"
#include "core/task/scores.h"
#include "core/trainer.h"

namespace electra {

// Everything else is as in ELECTRA's own fine-tuning: AdamW with weight decay 0.01, 10% warm-up,
// then down to 0, dropout 0.1, and a learning rate that falls with each layer below the head.
struct FinetuningSettings {
  double epochs = 3;
  double learning_rate = 0;  // 0: 1e-4, and 5e-5 from a hidden size of 1024 on
  int64_t batch_size = 32;
  int64_t max_length = 128;  // tokens, [CLS] and [SEP] included; at most the model's positions
  double test_percentage = 20;
};

// Where a run begins: with the model's weights, or with random weights, as in a job without a model
// to start from.
enum class StartingWeights { kOfModel, kDrawn };

struct FinetuningTask {
  LabelledData data;
  std::filesystem::path model;  // discriminator/, and perhaps generator/
  StartingWeights weights = StartingWeights::kOfModel;
  std::filesystem::path tokenizer_of;  // a model with a vocabulary, for one that has none
  FinetuningSettings settings;
  int64_t seed = 1;  // of the split, the head, the order and dropout
  std::string device = "cpu";
  // An existing folder for the fine-tuned model, if its macro F1 is above `save_above`.
  std::filesystem::path save_to;
  double save_above = -1;
};

struct FinetuningResult {
  ClassificationScores scores;  // on the test rows
  int64_t train_rows = 0;
  int64_t test_rows = 0;
  bool is_saved = false;
};

// The engine's view of the settings.
Hyperparameters FinetuningHyperparameters(const FinetuningSettings& settings,
                                          const ElectraConfig& config, int64_t seed);

// Blocks. `on_progress` gets the share of the run that is done, from 0 to 1, after each step.
// Cancelled: `stop` was requested. InvalidArgument: the data, or a loss that is not a number.
// ResourceExhausted: memory or disk. IsDeviceLost: the process must end. Else the errors of
// LoadPretrainedPair.
absl::StatusOr<FinetuningResult> RunFinetuning(const FinetuningTask& task, const StopSignal& stop,
                                               const std::function<void(double)>& on_progress);

}  // namespace electra

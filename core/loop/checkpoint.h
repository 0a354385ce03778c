// Checkpoints of a job: folders from which training continues and which other tools can load.
//
//   checkpoints/step-00000060/
//     discriminator/, generator/   Hugging Face directories: config.json, model.safetensors, ...
//     optimizer.safetensors        AdamW's moments
//     trained.safetensors          with ema_decay: trained weights; the networks are their average
//     extras.safetensors           what the networks do not say: SessionState::extras, if any
//     checkpoint.json              step, best evaluation, SHA-256 of every file of weights
//
// checkpoint_folders.h has the folders' names and order. Free functions without state; the folder
// belongs to one job and one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/loop/best_evaluation.h"
#include "core/session/session.h"
#include "core/shape/config.h"
#include "core/text/tokenizer.h"
#include "core/trainer.h"

namespace electra {

struct CheckpointContents {
  const SessionState& state;
  const ModelConfig& model;
  const Tokenizer& tokenizer;
  int64_t tokens_seen = 0;
  double run_seconds = 0;  // as in StepMetrics
  BestEvaluation best = {};
};

// ResourceExhausted when the disk is full; then nothing is left of it.
absl::StatusOr<CheckpointReport> WriteCheckpoint(const std::filesystem::path& checkpoints_dir,
                                                 const CheckpointContents& contents);

struct LoadedCheckpoint {
  std::filesystem::path path;
  SessionState state;
  int64_t tokens_seen = 0;
  double run_seconds = 0;
  BestEvaluation best;
};

// The newest checkpoint whose files are undamaged; nothing where there is none. Each damaged one on
// the way adds a sentence to `warnings`.
absl::StatusOr<std::optional<LoadedCheckpoint>> LoadNewestCheckpoint(
    const std::filesystem::path& checkpoints_dir, std::vector<Message>* warnings);

// DataLoss where a file is damaged.
absl::Status VerifyCheckpoint(const std::filesystem::path& checkpoint);

}  // namespace electra

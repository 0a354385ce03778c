// Checkpoints of a job: folders from which training goes on and which other tools can load.
//
//   checkpoints/step-00000060/
//     discriminator/, generator/   Hugging Face directories: config.json, model.safetensors, ...
//     optimizer.safetensors        AdamW's moments
//     trained.safetensors          with ema_decay: trained weights; the networks are their average
//     extras.safetensors           what the networks do not say: SessionState::extras, if any
//     checkpoint.json              step, best evaluation, SHA-256 of every file of weights
//   checkpoints/best               where the best is kept: a link to the best evaluation's
//
// A folder of that name is whole: it is written under another name, synced and then renamed. Free
// functions without state; the folder belongs to one job and one thread.
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

// Steps of the whole checkpoints, in order.
std::vector<int64_t> CheckpointSteps(const std::filesystem::path& checkpoints_dir);

std::filesystem::path CheckpointDir(const std::filesystem::path& checkpoints_dir, int64_t step);

// The step of a folder with a checkpoint's name; nothing for another name.
std::optional<int64_t> StepOfCheckpoint(const std::filesystem::path& folder);

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

// Gives the checkpoints of later steps than `step` names ending in .damaged, so that nothing takes
// them for checkpoints.
void SetLaterCheckpointsAside(const std::filesystem::path& checkpoints_dir, int64_t step);

// Makes checkpoints/best the link to this checkpoint of the folder, in one step.
absl::Status MarkBestCheckpoint(const std::filesystem::path& checkpoint);

// What checkpoints/best leads to; nothing where there is none.
std::optional<std::filesystem::path> BestCheckpoint(const std::filesystem::path& checkpoints_dir);

// Whole folders by their names, oldest first.
std::vector<std::filesystem::path> ListCheckpoints(const std::filesystem::path& checkpoints_dir);

// DataLoss where a file is damaged.
absl::Status VerifyCheckpoint(const std::filesystem::path& checkpoint);

// Removes all but the newest `keep` and the best, and what an interrupted write left.
void PruneCheckpoints(const std::filesystem::path& checkpoints_dir, int64_t keep);

}  // namespace electra

// The checkpoints of a job as folders, whatever is in them: their names and order, the best, and
// how they come and go.
//
//   checkpoints/step-00000060/   a checkpoint (checkpoint.h)
//   checkpoints/best             where the best is kept: a link to the best evaluation's
//
// A folder of that name is whole: it is written under another name, synced and then renamed. Free
// functions without state; the folder belongs to one job and one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra {

// Where a job keeps its checkpoints, in its own folder.
inline std::filesystem::path CheckpointsDir(const std::filesystem::path& job_dir) {
  return job_dir / "checkpoints";
}

// Steps of the whole checkpoints, in order.
std::vector<int64_t> CheckpointSteps(const std::filesystem::path& checkpoints_dir);

std::filesystem::path CheckpointDir(const std::filesystem::path& checkpoints_dir, int64_t step);

// The step of a folder with a checkpoint's name; nothing for another name.
std::optional<int64_t> StepOfCheckpoint(const std::filesystem::path& folder);

// An empty folder to write a checkpoint into that will have the name `final_dir`.
absl::StatusOr<std::filesystem::path> MakeUnfinishedCheckpoint(
    const std::filesystem::path& final_dir);

// Gives a whole folder its name. Where the same step is there already, the two swap names
// atomically, so that a whole one is there at any time.
absl::Status PublishCheckpoint(const std::filesystem::path& whole,
                               const std::filesystem::path& final_dir);

// Gives the checkpoints of later steps than `step` names ending in .damaged, so that nothing takes
// them for checkpoints.
void SetLaterCheckpointsAside(const std::filesystem::path& checkpoints_dir, int64_t step);

// Makes checkpoints/best the link to this checkpoint of the folder, in one step.
absl::Status MarkBestCheckpoint(const std::filesystem::path& checkpoint);

// What checkpoints/best leads to; nothing where there is none.
std::optional<std::filesystem::path> BestCheckpoint(const std::filesystem::path& checkpoints_dir);

// Whole folders by their names, oldest first.
std::vector<std::filesystem::path> ListCheckpoints(const std::filesystem::path& checkpoints_dir);

// Removes all but the newest `keep` and the best, and what an interrupted write left.
void PruneCheckpoints(const std::filesystem::path& checkpoints_dir, int64_t keep);

}  // namespace electra

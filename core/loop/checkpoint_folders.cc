#include "core/loop/checkpoint_folders.h"

#include <fcntl.h>
#include <stdio.h>

#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStepPrefix = "step-";
constexpr std::string_view kUnfinishedSuffix = ".unfinished";
constexpr std::string_view kDamagedSuffix = ".damaged";
constexpr char kBest[] = "best";

absl::Status FileError(const std::error_code& error, const Message& message) {
  return Error(error == std::errc::no_space_on_device ? absl::StatusCode::kResourceExhausted
                                                      : absl::StatusCode::kInternal,
               message);
}

absl::Status NotRenamed(const std::error_code& error, const fs::path& path) {
  return FileError(error, Message("CHECKPOINT_NOT_RENAMED", "cannot rename to {path}: {reason}",
                                  path.string(), error.message()));
}

// Whole checkpoints by step, oldest first.
std::map<int64_t, fs::path> Checkpoints(const fs::path& checkpoints_dir) {
  std::map<int64_t, fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(checkpoints_dir, error)) {
    if (const auto step = StepOfCheckpoint(entry.path())) found[*step] = entry.path();
  }
  return found;
}

// Renames it first: a folder with a checkpoint's name is whole, whenever the process ends.
void RemoveCheckpoint(const fs::path& dir) {
  const fs::path removed = dir.string() + ".removed" + std::string(kUnfinishedSuffix);
  std::error_code error;
  fs::remove_all(removed, error);
  fs::rename(dir, removed, error);
  fs::remove_all(error ? dir : removed, error);
}

// Gives a whole folder its name, or swaps names with the one that has it.
void Rename(const fs::path& whole, const fs::path& name, std::error_code& error) {
  const bool exchanged =
      renameat2(AT_FDCWD, whole.c_str(), AT_FDCWD, name.c_str(), RENAME_EXCHANGE) == 0;
  error.clear();
  if (exchanged) {
    std::error_code ignored;
    fs::remove_all(whole, ignored);  // what had the name before
  } else {
    RemoveCheckpoint(name);  // a file system that cannot exchange, or nothing is there
    fs::rename(whole, name, error);
  }
}

}  // namespace

std::vector<int64_t> CheckpointSteps(const fs::path& checkpoints_dir) {
  std::vector<int64_t> steps;
  for (const auto& [step, path] : Checkpoints(checkpoints_dir)) steps.push_back(step);
  return steps;
}

fs::path CheckpointDir(const fs::path& checkpoints_dir, int64_t step) {
  return checkpoints_dir / absl::StrFormat("step-%08d", step);
}

std::optional<int64_t> StepOfCheckpoint(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(kStepPrefix)) return std::nullopt;
  int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [parsed, problem] = std::from_chars(name.data() + kStepPrefix.size(), end, step);
  if (problem != std::errc() || parsed != end) return std::nullopt;
  return step;
}

absl::StatusOr<fs::path> MakeUnfinishedCheckpoint(const fs::path& final_dir) {
  const fs::path unfinished = final_dir.string() + std::string(kUnfinishedSuffix);
  std::error_code error;
  fs::remove_all(unfinished, error);
  fs::create_directories(unfinished, error);
  if (error) {
    return FileError(
        error, Message("CHECKPOINT_FOLDER_NOT_MADE", "cannot make the folder {folder}: {reason}",
                       unfinished.string(), error.message()));
  }
  return unfinished;
}

absl::Status PublishCheckpoint(const fs::path& whole, const fs::path& final_dir) {
  std::error_code error;
  Rename(whole, final_dir, error);
  if (error) return NotRenamed(error, final_dir);
  const fs::path checkpoints_dir = final_dir.parent_path();
  RETURN_IF_ERROR(SyncDirectory(checkpoints_dir.string()));
  return SyncDirectory(checkpoints_dir.parent_path().string());
}

void SetLaterCheckpointsAside(const fs::path& checkpoints_dir, int64_t step) {
  const std::map<int64_t, fs::path> checkpoints = Checkpoints(checkpoints_dir);
  for (auto later = checkpoints.upper_bound(step); later != checkpoints.end(); ++later) {
    const fs::path aside = later->second.string() + std::string(kDamagedSuffix);
    std::error_code error;
    fs::remove_all(aside, error);
    fs::rename(later->second, aside, error);
  }
}

absl::Status MarkBestCheckpoint(const fs::path& checkpoint) {
  const fs::path link = checkpoint.parent_path() / kBest;
  const fs::path unfinished = link.string() + std::string(kUnfinishedSuffix);
  std::error_code error;
  fs::remove(unfinished, error);
  fs::create_directory_symlink(checkpoint.filename(), unfinished, error);
  if (error) {
    return FileError(error, Message("BEST_LINK_NOT_MADE", "cannot make the link {link}: {reason}",
                                    unfinished.string(), error.message()));
  }
  fs::rename(unfinished, link, error);
  if (error) return NotRenamed(error, link);
  return SyncDirectory(checkpoint.parent_path().string());
}

std::optional<fs::path> BestCheckpoint(const fs::path& checkpoints_dir) {
  std::error_code error;
  const fs::path target = fs::read_symlink(checkpoints_dir / kBest, error);
  if (error) return std::nullopt;
  for (const auto& [step, path] : Checkpoints(checkpoints_dir)) {
    if (path.filename() == target) return path;
  }
  return std::nullopt;
}

std::vector<fs::path> ListCheckpoints(const fs::path& checkpoints_dir) {
  std::vector<fs::path> paths;
  for (const auto& [step, path] : Checkpoints(checkpoints_dir)) paths.push_back(path);
  return paths;
}

void PruneCheckpoints(const fs::path& checkpoints_dir, int64_t keep) {
  std::map<int64_t, fs::path> checkpoints = Checkpoints(checkpoints_dir);
  const std::optional<fs::path> best = BestCheckpoint(checkpoints_dir);
  std::error_code error;
  for (auto oldest = checkpoints.begin(); static_cast<int64_t>(checkpoints.size()) > keep;) {
    if (oldest->second != best) RemoveCheckpoint(oldest->second);
    oldest = checkpoints.erase(oldest);
  }
  for (const auto& entry : fs::directory_iterator(checkpoints_dir, error)) {
    std::error_code ignored;
    if (entry.path().string().ends_with(kUnfinishedSuffix)) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace electra

// Where a command writes: the output appears only once it is complete, and existing files are lost
// only if the user says so.
//
//   absl::StatusOr<std::unique_ptr<OutputFolder>> folder =
//       OutputFolder::Create("mlruns", Existing::kRefuse);
//   ... write to (*folder)->Reserve("a/meta.yaml") ...
//   absl::Status status = (*folder)->Finish();
//
// Not thread-safe. Ownership: owns unfinished files, and removes them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra::client {

enum class Existing { kRefuse, kReplace };

// A folder that gets files besides existing ones. They are written into a folder within it, and
// moved to their places at the end.
class OutputFolder {
 public:
  // Creates the folder if it is missing.
  static absl::StatusOr<std::unique_ptr<OutputFolder>> Create(const std::string& folder,
                                                              Existing existing);
  // Removes unfinished files.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  // The path to write the future file `relative` to. FailedPrecondition: it exists already and must
  // not be replaced.
  absl::StatusOr<std::filesystem::path> Reserve(const std::filesystem::path& relative);

  // Whether the folder has this file, or it was reserved.
  bool Has(const std::filesystem::path& relative) const;

  // Moves all files to their places.
  absl::Status Finish();

  const std::vector<std::filesystem::path>& files() const { return files_; }  // relative
  std::filesystem::path absolute() const;

 private:
  OutputFolder(std::filesystem::path folder, std::filesystem::path unfinished, Existing existing,
               bool is_new)
      : folder_(std::move(folder)),
        unfinished_(std::move(unfinished)),
        is_new_(is_new),
        existing_(existing) {}

  const std::filesystem::path folder_;
  const std::filesystem::path unfinished_;
  const bool is_new_;
  const Existing existing_;
  std::vector<std::filesystem::path> files_;
};

// One file at `path`, which `write` fills: it gets a path to write to, in the same folder.
absl::Status WriteFileInPlace(
    const std::string& path, Existing existing,
    const std::function<absl::Status(const std::filesystem::path& unfinished)>& write);

}  // namespace electra::client

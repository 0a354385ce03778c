// A file in a folder that only the user can read; both are removed with the object.
//
//   ASSIGN_OR_RETURN(const ScratchFile file, ScratchFile::Create("note.txt"));
//   ... file.path() ...
//
// Not thread-safe. Ownership: owns the folder.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace electra::client {

class ScratchFile {
 public:
  // In the system's folder for temporary files (TMPDIR). Does not write the file itself.
  static absl::StatusOr<ScratchFile> Create(const std::string& name);
  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile();

  const std::string& path() const { return path_; }

 private:
  ScratchFile(std::string folder, const std::string& name);

  std::string folder_;
  std::string path_;
};

}  // namespace electra::client

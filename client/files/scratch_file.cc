#include "client/files/scratch_file.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"

namespace electra::client {

ScratchFile::ScratchFile(std::string folder, const std::string& name)
    : folder_(std::move(folder)), path_(absl::StrCat(folder_, "/", name)) {}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : folder_(std::exchange(other.folder_, "")), path_(std::move(other.path_)) {}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

absl::StatusOr<ScratchFile> ScratchFile::Create(const std::string& name) {
  std::error_code error;
  std::string folder = (std::filesystem::temp_directory_path(error) / "electra.XXXXXX").string();
  if (error || mkdtemp(folder.data()) == nullptr) {
    return FailedPrecondition(kPhrases.cannot_make, Visible(folder),
                              SystemReason(error ? error.value() : errno));
  }
  return ScratchFile(std::move(folder), name);
}

}  // namespace electra::client

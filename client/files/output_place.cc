#include "client/files/output_place.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "client/files/uuid.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

absl::Status IsThere(const fs::path& path) {
  return FailedPrecondition(kPhrases.place_taken, Visible(path.string()));
}

absl::Status CannotWrite(const fs::path& path, const std::error_code& error) {
  return FailedPrecondition(kPhrases.cannot_write, Visible(path.string()),
                            SystemReason(error.value()));
}

// A file that has appeared since the check is not replaced either, if the file system can guarantee
// that.
absl::Status Move(const fs::path& from, const fs::path& to, Existing existing) {
  if (existing == Existing::kRefuse) {
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
      return absl::OkStatus();
    }
    if (errno == EEXIST) return IsThere(to);
    if (errno != EINVAL && errno != ENOSYS) {
      return CannotWrite(to, std::error_code(errno, std::generic_category()));
    }
  }
  std::error_code error;
  fs::rename(from, to, error);
  return error ? CannotWrite(to, error) : absl::OkStatus();
}

absl::StatusOr<std::string> Suffix() {
  ASSIGN_OR_RETURN(const std::string uuid, NewUuid());
  return absl::StrCat(".electra-", uuid.substr(0, 8));
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFolder>> OutputFolder::Create(const std::string& folder,
                                                                   Existing existing) {
  ASSIGN_OR_RETURN(const std::string suffix, Suffix());
  std::error_code error;
  const bool is_new = !fs::exists(folder, error);
  const fs::path unfinished = fs::path(folder) / suffix;
  fs::create_directories(unfinished, error);
  if (error) return CannotWrite(folder, error);
  return std::unique_ptr<OutputFolder>(new OutputFolder(folder, unfinished, existing, is_new));
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  fs::remove_all(unfinished_, ignored);
  if (is_new_) fs::remove(folder_, ignored);  // where nothing came of it, it is empty
}

bool OutputFolder::Has(const fs::path& relative) const {
  std::error_code ignored;
  return fs::exists(folder_ / relative, ignored) || fs::exists(unfinished_ / relative, ignored);
}

absl::StatusOr<fs::path> OutputFolder::Reserve(const fs::path& relative) {
  std::error_code error;
  const fs::path place = folder_ / relative;
  if (fs::exists(place, error) && existing_ == Existing::kRefuse) return IsThere(place);
  if (fs::is_directory(place, error)) {
    return FailedPrecondition(kPhrases.folder_for_file, Visible(place.string()));
  }
  fs::path now = unfinished_ / relative;
  fs::create_directories(now.parent_path(), error);
  if (error) return CannotWrite(place, error);
  files_.push_back(relative);
  return now;
}

fs::path OutputFolder::absolute() const {
  std::error_code error;
  const fs::path path = fs::canonical(folder_, error);  // it is there
  return error ? folder_ : path;
}

absl::Status OutputFolder::Finish() {
  for (const fs::path& relative : files_) {
    const fs::path place = folder_ / relative;
    std::error_code error;
    fs::create_directories(place.parent_path(), error);
    if (error) return CannotWrite(place, error);
    RETURN_IF_ERROR(Move(unfinished_ / relative, place, existing_));
  }
  return absl::OkStatus();
}

absl::Status WriteFileInPlace(const std::string& path, Existing existing,
                              const std::function<absl::Status(const fs::path&)>& write) {
  std::error_code error;
  if (fs::exists(path, error) && existing == Existing::kRefuse) return IsThere(path);
  if (fs::is_directory(path, error)) {
    return FailedPrecondition(kPhrases.name_a_file, Visible(path));
  }
  ASSIGN_OR_RETURN(const std::string suffix, Suffix());
  const fs::path unfinished = absl::StrCat(path, suffix);
  absl::Status status = write(unfinished);
  if (status.ok()) status = Move(unfinished, path, existing);
  if (!status.ok()) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
  }
  return status;
}

}  // namespace electra::client

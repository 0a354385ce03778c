#include "client/files/user_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

absl::Status WriteError(const std::string& path, int error) {
  return FailedPrecondition(kPhrases.cannot_write, Visible(path), SystemReason(error));
}

absl::Status WriteAll(int descriptor, const std::string& text, const std::string& path) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = write(descriptor, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR) return WriteError(path, errno);
    if (count > 0) done += static_cast<size_t>(count);
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : WriteError(path, errno);
}

}  // namespace

std::string ConfigFolder(
    const std::function<std::optional<std::string>(const std::string& name)>& variable) {
  const std::string xdg = variable("XDG_CONFIG_HOME").value_or("");
  if (absl::StartsWith(xdg, "/")) return (fs::path(xdg) / "electra").string();
  const std::string home = variable("HOME").value_or("");
  if (absl::StartsWith(home, "/")) return (fs::path(home) / ".config" / "electra").string();
  return "";
}

absl::Status WriteUserFile(const std::string& path, const std::string& text) {
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  const bool is_new = fs::create_directories(folder, error);
  if (error) {
    return FailedPrecondition(kPhrases.cannot_make, Visible(folder.string()),
                              SystemReason(error.value()));
  }
  if (is_new) fs::permissions(folder, fs::perms::owner_all, error);
  const std::string unfinished = absl::StrCat(path, ".new");
  unlink(unfinished.c_str());
  const int descriptor =
      open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return WriteError(unfinished, errno);
  absl::Status written = WriteAll(descriptor, text, unfinished);
  close(descriptor);
  if (written.ok() && rename(unfinished.c_str(), path.c_str()) != 0) {
    return WriteError(path, errno);
  }
  return written;
}

}  // namespace electra::client

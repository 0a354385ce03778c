#include "client/environment/editor.h"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "client/i18n/phrases.h"
#include "core/base/status_macros.h"

namespace electra::client {
namespace {

// A file in a folder that only the user can read; both are removed with the object.
class PrivateFile {
 public:
  static absl::StatusOr<PrivateFile> Create(const std::string& text) {
    std::error_code error;
    std::string folder = (std::filesystem::temp_directory_path(error) / "electra.XXXXXX").string();
    if (error || mkdtemp(folder.data()) == nullptr) {
      return FailedPrecondition(kPhrases.cannot_make, folder, SystemReason(errno));
    }
    PrivateFile file(folder);
    std::ofstream out(file.path(), std::ios::binary);
    out << text;
    // Editors expect a line end.
    if (!text.empty() && text.back() != '\n') out << '\n';
    out.close();
    if (!out) return FailedPrecondition(kPhrases.disk_full, file.path());
    return file;
  }
  PrivateFile(PrivateFile&& other) noexcept : folder_(std::exchange(other.folder_, "")) {}
  PrivateFile& operator=(PrivateFile&&) = delete;
  ~PrivateFile() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  std::string path() const { return folder_ + "/note.txt"; }

 private:
  explicit PrivateFile(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

// A shell that runs `command` on the file. Signals are as a new process expects them: here they are
// blocked for a thread that takes them.
bool RunEditor(const std::string& command, const std::string& path) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const std::string script = command + " \"$1\"";
  const char* const arguments[] = {"sh", "-c", script.c_str(), "sh", path.c_str(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, "sh", nullptr, &attributes,
                                 const_cast<char* const*>(arguments), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

absl::StatusOr<std::string> EditText(
    const std::string& text,
    const std::function<std::optional<std::string>(const std::string& name)>& variable) {
  std::string command = "vi";
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const std::optional<std::string> value = variable(name);
    if (!value || value->empty()) continue;
    command = *value;
    break;
  }
  ASSIGN_OR_RETURN(const PrivateFile file, PrivateFile::Create(text));
  if (!RunEditor(command, file.path())) {
    return FailedPrecondition(kPhrases.editor_failed, command);
  }
  std::ifstream in(file.path(), std::ios::binary);
  std::string edited{std::istreambuf_iterator<char>(in), {}};
  edited.erase(edited.find_last_not_of('\n') + 1);
  return edited;
}

}  // namespace electra::client

#include "server/rpc/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace electra::server {
namespace {

absl::Status CannotListenAt(const std::string& path, const std::string& reason) {
  return absl::UnavailableError(absl::StrCat("cannot listen on unix:", path, ": ", reason));
}

absl::Status CannotListenAt(const std::string& path, int error) {
  return CannotListenAt(path, std::generic_category().message(error));
}

const sockaddr* AddressOf(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

FileDescriptor MakeSocket() {
  return FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

absl::Status RemoveAbandoned(const std::string& path, const sockaddr_un& address) {
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0) {
    return errno == ENOENT ? absl::OkStatus() : CannotListenAt(path, errno);
  }
  if (!S_ISSOCK(file.st_mode)) return CannotListenAt(path, "a file that is not a socket is there");
  const FileDescriptor probe = MakeSocket();
  if (!probe.valid()) return CannotListenAt(path, errno);
  const bool is_abandoned =
      connect(probe.get(), AddressOf(address), sizeof(address)) != 0 && errno == ECONNREFUSED;
  if (!is_abandoned) return CannotListenAt(path, "another process listens there");
  return unlink(path.c_str()) == 0 ? absl::OkStatus() : CannotListenAt(path, errno);
}

}  // namespace

absl::StatusOr<FileDescriptor> BindUnixSocket(const std::string& path, mode_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("listen is unix:", path, ": its path has ",
                                                   path.size(), " bytes: at most ",
                                                   sizeof(address.sun_path) - 1));
  }
  path.copy(address.sun_path, path.size());
  RETURN_IF_ERROR(RemoveAbandoned(path, address));
  FileDescriptor bound = MakeSocket();
  if (!bound.valid()) return CannotListenAt(path, errno);
  // The file gets the socket's mode, from which bind removes the umask's bits: chmod restores them.
  if (fchmod(bound.get(), mode) != 0 ||
      bind(bound.get(), AddressOf(address), sizeof(address)) != 0 ||
      chmod(path.c_str(), mode) != 0 || listen(bound.get(), SOMAXCONN) != 0) {
    return CannotListenAt(path, errno);
  }
  return bound;
}

}  // namespace electra::server

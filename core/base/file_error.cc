#include "core/base/file_error.h"

#include <system_error>

namespace electra {

std::string SystemReason(int error) { return std::generic_category().message(error); }

absl::Status SystemError(int error, std::string_view path, const Message& problem) {
  return Within(path, Error(absl::ErrnoToStatusCode(error), problem));
}

absl::Status NotOpenedError(int error, std::string_view path) {
  return SystemError(error, path,
                     Message("NOT_OPENED", "cannot be opened: {reason}", SystemReason(error)));
}

absl::Status NotReadError(int error, std::string_view path) {
  return SystemError(error, path,
                     Message("NOT_READ", "cannot be read: {reason}", SystemReason(error)));
}

absl::Status NotRenamedError(int error, std::string_view path) {
  return SystemError(
      error, path, Message("NOT_RENAMED", "cannot be renamed into: {reason}", SystemReason(error)));
}

absl::Status NotMadeError(int error, std::string_view path) {
  return SystemError(error, path,
                     Message("NOT_MADE", "cannot be made: {reason}", SystemReason(error)));
}

}  // namespace electra

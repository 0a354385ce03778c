#include "server/models/files.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/model_files.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "server/base/errors.h"

namespace electra::server {
namespace {

constexpr size_t kMaxModelName = 63;

}  // namespace

std::string ModelSha256(const std::map<std::string, std::string>& digests) {
  std::string listing;
  for (const auto& [file, digest] : digests) absl::StrAppend(&listing, digest, "  ", file, "\n");
  return Sha256Hex(listing);
}

absl::StatusOr<std::string> ModelFolderSha256(const std::filesystem::path& folder) {
  std::map<std::string, std::string> digests;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (!entry->is_regular_file(error)) continue;
    ASSIGN_OR_RETURN(digests[entry->path().lexically_relative(folder).string()],
                     FileSha256Hex(entry->path()));
  }
  if (error) return FileError(folder, error);
  return ModelSha256(digests);
}

bool IsModelName(std::string_view name) { return IsPlainName(name, kMaxModelName); }

}  // namespace electra::server

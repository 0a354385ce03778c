#include "core/download/git_blob.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <new>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status_macros.h"

namespace electra {

absl::StatusOr<std::string> GitBlobSha1Hex(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path.string()));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free);
  const std::string header = absl::StrCat("blob ", file->bytes().size(), std::string(1, '\0'));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int length = 0;
  // These fail only without memory or without a default provider.
  const bool is_done =
      context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1 &&
      EVP_DigestUpdate(context.get(), header.data(), header.size()) == 1 &&
      EVP_DigestUpdate(context.get(), file->bytes().data(), file->bytes().size()) == 1 &&
      EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1;
  if (!is_done) throw std::bad_alloc();
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), length});
}

}  // namespace electra

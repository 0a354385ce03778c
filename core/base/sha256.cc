#include "core/base/sha256.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <vector>

#include "absl/strings/escaping.h"
#include "core/base/file_error.h"

namespace electra {
namespace {

// The functions of OpenSSL used here fail only without memory or without a default provider.
void Check(bool done) {
  if (!done) throw std::bad_alloc();
}

}  // namespace

void Sha256::ContextDeleter::operator()(void* context) const {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Check(context_ != nullptr);
  Check(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) {
  Check(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size()) ==
        1);
}

Sha256::Digest Sha256::Finish() {
  Digest digest;
  unsigned int length = 0;
  Check(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), digest.data(), &length) == 1);
  Check(length == digest.size());
  return digest;
}

std::string Sha256::FinishHex() {
  const Digest digest = Finish();
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 digest;
  digest.Update(bytes);
  return digest.FinishHex();
}

absl::StatusOr<std::string> FileSha256Hex(const std::filesystem::path& path) {
  constexpr size_t kBlock = size_t{1} << 20;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) return NotOpenedError(errno, path.string());
  std::setvbuf(file.get(), nullptr, _IONBF, 0);  // the block is the buffer
  Sha256 digest;
  std::vector<char> block(kBlock);
  while (const size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
    digest.Update({block.data(), count});
  }
  if (std::ferror(file.get()) != 0) return NotReadError(errno, path.string());
  return digest.FinishHex();
}

}  // namespace electra

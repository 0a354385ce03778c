// SHA-256 over OpenSSL.
//
//   Sha256 digest;
//   digest.Update("abc");
//   std::string hex = digest.FinishHex();
//
// Not thread-safe. Movable, not copyable.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace electra {

class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::string_view bytes);

  // Ends the computation: neither Update nor Finish may follow.
  Digest Finish();
  std::string FinishHex();  // 64 lower-case hexadecimal digits

 private:
  struct ContextDeleter {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, ContextDeleter> context_;  // EVP_MD_CTX
};

std::string Sha256Hex(std::string_view bytes);

// The digest of a file, read in blocks: a mapped file would count as the process's memory.
absl::StatusOr<std::string> FileSha256Hex(const std::filesystem::path& path);

}  // namespace electra

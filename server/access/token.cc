#include "server/access/token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/sha256.h"
#include "server/store/names.h"

namespace electra::server {
namespace {

constexpr std::string_view kPrefix = "electra_";
constexpr size_t kSecretBytes = 32;
constexpr size_t kSecretLength = 43;  // in Base64 without padding

}  // namespace

std::string MakeTokenText(std::string_view id) {
  unsigned char bytes[kSecretBytes];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) std::abort();
  const std::string secret = absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
  return absl::StrCat(std::string(kPrefix), std::string(id), "_", secret);
}

std::optional<std::string> TokenId(std::string_view text) {
  if (text.size() != kPrefix.size() + kNameLength + 1 + kSecretLength) return std::nullopt;
  if (!text.starts_with(kPrefix) || text[kPrefix.size() + kNameLength] != '_') return std::nullopt;
  const std::string_view id = text.substr(kPrefix.size(), kNameLength);
  if (!IsNameOrPrefix(id)) return std::nullopt;
  return std::string(id);
}

std::string HashToken(std::string_view text) { return Sha256Hex(text); }

bool IsSameHash(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace electra::server

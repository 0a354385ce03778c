#include "client/browser/gate.h"

#include <openssl/crypto.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace electra::client {

// In the same time whatever it is like.
bool Gate::IsToken(const std::string& given) const {
  return given.size() == token_.size() &&
         CRYPTO_memcmp(given.data(), token_.data(), token_.size()) == 0;
}

// Cookies do not know ports: each `electra ui` has a name of its own.
std::string Gate::CookieName() const { return absl::StrCat("electra_", port_); }

Verdict Gate::Judge(const Visit& visit) const {
  if (visit.host != absl::StrCat("127.0.0.1:", port_) &&
      visit.host != absl::StrCat("localhost:", port_)) {
    return Verdict::kWrongHost;
  }
  if (!visit.token.empty()) {
    return IsToken(visit.token) ? Verdict::kEnter : Verdict::kNoToken;
  }
  for (const absl::string_view cookie : absl::StrSplit(visit.cookies, ';')) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(absl::StripAsciiWhitespace(cookie), absl::MaxSplits('=', 1));
    if (parts.first == CookieName() && IsToken(parts.second)) return Verdict::kServe;
  }
  return Verdict::kNoToken;
}

std::string Gate::Cookie() const {
  return absl::StrCat(CookieName(), "=", token_, "; Path=/; HttpOnly; SameSite=Strict");
}

std::string Gate::EntryUrl() const {
  return absl::StrCat("http://127.0.0.1:", port_, "/?token=", token_);
}

}  // namespace electra::client

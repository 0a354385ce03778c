#include "server/base/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/sha256.h"

namespace electra::server {
namespace {

constexpr size_t kDigestLength = 16;  // hexadecimal digits
constexpr size_t kMaxToken = 8192;

std::string Digest(std::string_view scope, std::string_view payload) {
  // The length keeps scope and payload apart.
  return Sha256Hex(absl::StrCat(scope.size(), " ", std::string(scope), std::string(payload)))
      .substr(0, kDigestLength);
}

}  // namespace

std::string MakePageToken(std::string_view scope, std::string_view payload) {
  return absl::WebSafeBase64Escape(absl::StrCat(Digest(scope, payload), std::string(payload)));
}

absl::StatusOr<std::string> OpenPageToken(std::string_view scope, std::string_view token) {
  std::string opened;
  if (token.size() <= kMaxToken && absl::WebSafeBase64Unescape(std::string(token), &opened) &&
      opened.size() >= kDigestLength) {
    std::string payload = opened.substr(kDigestLength);
    if (opened.compare(0, kDigestLength, Digest(scope, payload)) == 0) return payload;
  }
  return InvalidArgumentError(
      "PAGE_TOKEN_OF_OTHER_LIST",
      "page_token is not one that this list gave: it goes with the same parent, filter and order "
      "as the page before");
}

}  // namespace electra::server

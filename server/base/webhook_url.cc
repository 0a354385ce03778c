#include "server/base/webhook_url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/host_port.h"
#include "core/base/message.h"
#include "core/base/safe_text.h"
#include "core/base/status_macros.h"

namespace electra::server {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kAnyBelow = "*.";

absl::Status NotAWebhook() {
  return InvalidArgumentError("BAD_WEBHOOK_URL",
                              "a webhook is https://HOST/PATH, in printable ASCII without spaces, "
                              "backslashes or a user name");
}

// Stricter than the programs that connect there, so that both mean the same host.
bool IsHost(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' ||
           c == ':';
  });
}

// `authority` is HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
absl::StatusOr<std::string> OriginOf(std::string_view scheme, std::string_view authority) {
  const bool has_port = authority.find(':', authority.rfind(']') + 1) != std::string_view::npos;
  const std::string_view default_port = scheme == kHttps ? ":443" : ":80";
  const std::string address =
      absl::StrCat(std::string(authority), has_port ? "" : std::string(default_port));
  const absl::StatusOr<HostPort> parsed = ParseHostPort(address);
  if (!parsed.ok() || parsed->port == 0 || !IsHost(parsed->host)) return NotAWebhook();
  const bool is_v6 = parsed->host.find(':') != std::string::npos;
  std::string origin = absl::StrCat(std::string(scheme), is_v6 ? "[" : "",
                                    absl::AsciiStrToLower(parsed->host), is_v6 ? "]" : "");
  const std::string port = absl::StrCat(":", parsed->port);
  if (port != default_port) absl::StrAppend(&origin, port);
  return origin;
}

}  // namespace

absl::StatusOr<std::string> WebhookOrigin(std::string_view url) {
  if (url.size() > kMaxWebhookUrl) {
    return InvalidArgumentError("WEBHOOK_URL_TOO_LONG",
                                "the webhook's URL has {bytes} bytes: at most {limit}", url.size(),
                                kMaxWebhookUrl);
  }
  const bool is_clean =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  const std::string start = absl::AsciiStrToLower(std::string(url.substr(0, kHttps.size())));
  const std::string_view scheme = start == kHttps            ? kHttps
                                  : start.starts_with(kHttp) ? kHttp
                                                             : std::string_view();
  if (!is_clean || scheme.empty()) return NotAWebhook();
  const std::string_view rest = url.substr(scheme.size());
  return OriginOf(scheme, rest.substr(0, rest.find_first_of("/?#")));
}

absl::StatusOr<std::string> AllowedOrigin(std::string_view entry) {
  const size_t scheme_end = entry.find("://");
  const std::string_view scheme =
      scheme_end == std::string_view::npos ? std::string_view() : entry.substr(0, scheme_end + 3);
  std::string_view host = entry.substr(scheme.size());
  const bool any_below = host.starts_with(kAnyBelow);
  if (any_below) host.remove_prefix(kAnyBelow.size());
  const bool is_host_alone = host.find_first_of("/?#") == std::string_view::npos;
  const absl::StatusOr<std::string> origin =
      WebhookOrigin(absl::StrCat(std::string(scheme.empty() ? kHttps : scheme), std::string(host)));
  if (!is_host_alone || !origin.ok()) {
    return InvalidArgumentError(
        "BAD_WEBHOOK_HOST",
        "{entry} must be HOST, HOST:PORT or *.HOST for https, or http://HOST:PORT",
        absl::StrCat("\"", EscapeActive(entry.substr(0, 200)), "\""));
  }
  if (!any_below) return *origin;
  const size_t at = origin->find("://") + 3;
  return absl::StrCat(origin->substr(0, at), std::string(kAnyBelow), origin->substr(at));
}

bool IsAllowedOrigin(std::string_view origin, std::string_view allowed) {
  const size_t star = allowed.find(kAnyBelow);
  if (star == std::string_view::npos) return origin == allowed;
  const std::string_view scheme = allowed.substr(0, star);
  const std::string_view below = allowed.substr(star + 1);  // ".example.com"
  return origin.starts_with(scheme) && origin.ends_with(below) &&
         origin.size() > scheme.size() + below.size();
}

}  // namespace electra::server

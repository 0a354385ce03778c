// The URLs to which the daemon posts notifications, and the hosts that users may name in them.
//
//   ASSIGN_OR_RETURN(const std::string origin, WebhookOrigin("https://hooks.example.com/T0/B1/x"));
//   origin == "https://hooks.example.com"
//
// The part after the origin is a secret: anyone who knows it can post there. So errors do not quote
// it. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace electra::server {

inline constexpr size_t kMaxWebhookUrl = 2048;

// Scheme, host and port, in small letters and without the scheme's own port. InvalidArgument: not
// an http or https URL, or it has a user name.
absl::StatusOr<std::string> WebhookOrigin(std::string_view url);

// The origins that an entry of an allow list means: HOST or HOST:PORT over https, or
// http://HOST:PORT. `*.` at the beginning of the host is any name below it.
absl::StatusOr<std::string> AllowedOrigin(std::string_view entry);

// Whether `allowed`, an AllowedOrigin, includes `origin`.
bool IsAllowedOrigin(std::string_view origin, std::string_view allowed);

}  // namespace electra::server

#include "client/settings/target.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/loopback.h"

namespace electra::client {

absl::Status CheckTarget(const std::string& target) {
  if (absl::StartsWith(target, "unix:") && target.size() > 5) return absl::OkStatus();
  const size_t colon = target.rfind(':');
  int port = 0;
  const bool has_port = colon != std::string::npos && colon > 0 &&
                        absl::SimpleAtoi(target.substr(colon + 1), &port) && port > 0 &&
                        port <= 65535;
  const std::string host = has_port ? target.substr(0, colon) : "";
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool host_is_clean = bracketed || host.find_first_of(":/[] ") == std::string::npos;
  if (has_port && host_is_clean) return absl::OkStatus();
  return InvalidArgument(kPhrases.bad_target, Visible(target));
}

bool IsThisMachine(const std::string& server) { return IsLoopbackAddress(server); }

}  // namespace electra::client

#include "client/environment/charset.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace electra::client {

Charset CharsetFromEnvironment(
    const std::function<std::optional<std::string>(const std::string& name)>& variable) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::optional<std::string> value = variable(name);
    if (!value || value->empty()) continue;
    const std::string small = absl::AsciiStrToLower(*value);
    const bool is_utf8 = absl::StrContains(small, "utf-8") || absl::StrContains(small, "utf8");
    return is_utf8 ? Charset::kUtf8 : Charset::kAscii;
  }
  return Charset::kAscii;
}

}  // namespace electra::client

#include "client/environment/desktop_alert.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace electra::client {
namespace {

constexpr char kBell[] = "\a";

// OSC 777 is urxvt's and VTE's (GNOME Terminal), OSC 9 that of iTerm2, kitty, WezTerm, Ghostty and
// Windows Terminal. Some know both and would notify twice.
std::string NotificationSequence(const Environment& environment, const std::string& text) {
  const std::string kind = environment.variable("TERM").value_or("");
  const bool is_vte = !environment.variable("VTE_VERSION").value_or("").empty();
  if (is_vte || absl::StartsWith(kind, "rxvt")) {
    return absl::StrCat("\033]777;notify;electra;", text, kBell);
  }
  return absl::StrCat("\033]9;", text, kBell);
}

}  // namespace

void AlertDesktop(const Environment& environment, std::string_view text) {
  const Output& output = environment.out.is_terminal ? environment.out : environment.err;
  if (!output.is_terminal) return;
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), ';', ',');  // it separates an OSC's parts
  *output.stream << NotificationSequence(environment, plain) << kBell << std::flush;
}

}  // namespace electra::client

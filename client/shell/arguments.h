// Checks of command-line values whose messages name the value and the limit.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"

namespace electra::client {

// The parser carries one text of what is wrong: both languages, one behind the other. See
// parse_error.h.
inline constexpr char kLanguageBorder = '\x1f';
inline std::string Joined(const Bilingual& text) {
  return absl::StrCat(text.english, std::string(1, kLanguageBorder), text.korean);
}

// A whole number of at least `minimum`.
inline CLI::Validator AtLeast(int64_t minimum) {
  return CLI::Validator(
      [minimum](std::string& text) -> std::string {
        int64_t number = 0;
        if (absl::SimpleAtoi(text, &number) && number >= minimum) return "";
        return Joined(Say(kPhrases.not_a_number, text, minimum));
      },
      "");
}

// Of --from and --to; 0 is not given.
inline absl::Status CheckSteps(int64_t first, int64_t last) {
  if (last == 0 || last >= first) return absl::OkStatus();
  return InvalidArgument(kPhrases.backward_range, first, last);
}

// Text that can be sent to the server.
inline CLI::Validator Utf8() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        return IsUtf8(text) ? "" : Joined(kPhrases.not_utf8);
      },
      "");
}

}  // namespace electra::client

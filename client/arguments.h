// Checks of command-line values whose messages name the value and the limit.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace electra::client {

// A whole number of at least `minimum`.
inline CLI::Validator AtLeast(int64_t minimum) {
  return CLI::Validator(
      [minimum](std::string& text) -> std::string {
        int64_t number = 0;
        if (absl::SimpleAtoi(text, &number) && number >= minimum) return "";
        return absl::StrCat("'", text, "' is not a whole number of at least ", minimum);
      },
      "");
}

}  // namespace electra::client

// The characters that the environment asks for.
//
// Thread safety: pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "client/text/styled_text.h"

namespace electra::client {

// UTF-8 where the first of LC_ALL, LC_CTYPE and LANG that is set and not empty names it, else
// ASCII, as in POSIX.
Charset CharsetFromEnvironment(
    const std::function<std::optional<std::string>(const std::string& name)>& variable);

}  // namespace electra::client

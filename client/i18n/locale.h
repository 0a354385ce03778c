// The language that the environment asks for.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "client/i18n/labels.h"

namespace electra::client {

// The first of LC_ALL, LC_MESSAGES and LANG that is set and not empty decides, as in POSIX:
// Korean where it begins with "ko", else English.
Language LanguageFromEnvironment(
    const std::function<std::optional<std::string>(const std::string& name)>& variable);

}  // namespace electra::client

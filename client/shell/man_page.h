// The manual page, made from the table of commands.
//
// Thread safety: pure functions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include "client/i18n/labels.h"

namespace electra::client {

// electra(1) as roff for the man macros; `app` speaks `language` (client/shell/help.h).
std::string ManPage(const CLI::App& app, std::string_view version, Language language);

}  // namespace electra::client

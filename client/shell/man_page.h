// The manual page, made from the table of commands.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "client/i18n/labels.h"
#include "client/shell/command_info.h"

namespace electra::client {

// electra(1) as roff for the man macros; `program` speaks `language` (client/shell/help.h).
std::string ManPage(const CommandInfo& program, std::string_view version, Language language);

}  // namespace electra::client

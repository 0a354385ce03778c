// The manual page, made from the table of commands.
//
// Thread safety: pure functions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace electra::client {

// electra(1) as roff for the man macros.
std::string ManPage(const CLI::App& app, std::string_view version);

}  // namespace electra::client

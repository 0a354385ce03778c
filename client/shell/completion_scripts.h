// What `electra completion SHELL` prints: a small script that asks the program itself, with each
// tab, what could follow (`electra __complete WORD...`).
//
// Thread safety: constants.
#pragma once

#include <string_view>

namespace electra::client {

// For bash, zsh or fish; empty for another.
std::string_view CompletionScript(std::string_view shell);

}  // namespace electra::client

// The secret that a caller sends: electra_ID_SECRET. ID is public and finds the row, SECRET has 256
// random bits, so that one hash of it is enough and guessing is hopeless.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace electra::server {

// The text of a new token with this id. Ends the process where the system has no entropy: a
// guessable token would be worse than no daemon.
std::string MakeTokenText(std::string_view id);

// The id in it; nothing where the text does not have the form of a token.
std::optional<std::string> TokenId(std::string_view text);

// Lower-case hexadecimal SHA-256 of the whole text.
std::string HashToken(std::string_view text);

// In a time that does not depend on where they differ.
bool IsSameHash(std::string_view a, std::string_view b);

}  // namespace electra::server

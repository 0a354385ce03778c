// Text from outside, made safe to show.
//
// Names, tokens, file names and error messages come from files and from the server; a terminal
// that receives their control characters obeys them. All printed text goes through here once
// (StyledText and Table do it themselves).
//
//   out << Visible(job.display_name());   // "a\x1b[2Jb" is shown as "a␛[2Jb"
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace electra::client {

// Returns valid UTF-8 without control characters. C0 and DEL become their pictures (U+2400...),
// C1, line separators and bidirectional embeddings, overrides and isolates become "<U+202E>", each
// malformed sequence becomes U+FFFD. Everything else stays as it is.
std::string Visible(std::string_view text);

// Whether `text` is well-formed UTF-8, which is all that a protobuf string may hold.
bool IsUtf8(std::string_view text);

}  // namespace electra::client

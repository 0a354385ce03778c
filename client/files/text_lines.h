// Sentences for a model, one per line.
//
// Thread safety: pure functions, apart from the reading.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra::client {

// The lines without their ends; a UTF-8 byte order mark is dropped, and an empty line is one too.
// InvalidArgument naming the line in `source`: not UTF-8, or longer than the server takes.
absl::StatusOr<std::vector<std::string>> ReadTextLines(std::istream& in, const std::string& source);

absl::Status CheckTexts(const std::vector<std::string>& texts, const std::string& source);

}  // namespace electra::client

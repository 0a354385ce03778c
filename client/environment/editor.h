// A text in the user's editor.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace electra::client {

// Runs VISUAL, else EDITOR, else vi, as the shell would, on a file of the user's own with `text`;
// what the file holds then, without the line feeds at its end. FailedPrecondition: the editor could
// not be run or did not end well. Blocks; signals of the keyboard are the editor's meanwhile.
absl::StatusOr<std::string> EditText(
    const std::string& text,
    const std::function<std::optional<std::string>(const std::string& name)>& variable);

}  // namespace electra::client

// A text in the user's editor.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace electra::client {

// Runs VISUAL, else EDITOR, else vi, as the shell would, on a private file with `text`; returns the
// edited text without trailing line feeds. FailedPrecondition: the editor could not be run or
// failed. Blocks; meanwhile, keyboard signals go to the editor.
absl::StatusOr<std::string> EditText(
    const std::string& text,
    const std::function<std::optional<std::string>(const std::string& name)>& variable);

}  // namespace electra::client

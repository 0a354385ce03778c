// Names from the server on their way into paths.
//
//   ASSIGN_OR_RETURN(const std::filesystem::path file,
//                    PathComponent(key, kPhrases.hyperparameter_name, kPhrases.export_flat));
//   std::ofstream out(folder / file);
//
// Thread safety: pure functions.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "client/i18n/phrases.h"

namespace electra::client {

// `name` as one component of a path, which stays in its folder and is not hidden there. DataLoss
// where it is empty, begins with a dot, has a slash or a character that Visible() replaces, or more
// than 255 bytes; the error says that the server sent it as `what`, and `advice`.
absl::StatusOr<std::filesystem::path> PathComponent(const std::string& name, const Phrase& what,
                                                    const Phrase& advice);

}  // namespace electra::client

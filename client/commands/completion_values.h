// Values for completion that a server or the user's files know. Quick, and silent where there is
// none: a line that is being typed is no place for errors.
//
// Not thread-safe. Ownership: borrows.
#pragma once

#include "client/environment/environment.h"
#include "client/shell/completion.h"

namespace electra::client {

// Asks the server that the typed options, the environment and the configuration name.
ValueSource ServerValues(Environment& environment);

}  // namespace electra::client

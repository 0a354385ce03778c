// Completion values from a server or the user's files. Quick, and silent without a server: errors
// must not disturb a line that is being typed.
//
// Not thread-safe. Ownership: borrows.
#pragma once

#include "client/environment/environment.h"
#include "client/shell/completion.h"

namespace electra::client {

// Asks the server that the typed options, the environment and the configuration name.
ValueSource ServerValues(Environment& environment);

}  // namespace electra::client

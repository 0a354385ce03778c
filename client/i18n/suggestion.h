// Appends a suggestion to an error.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/i18n/phrases.h"

namespace electra::client {

// `what`, with the nearest of the known words if one is close to the given one.
Bilingual WithNearest(const Bilingual& what, std::string_view given,
                      const std::vector<std::string>& known);

}  // namespace electra::client

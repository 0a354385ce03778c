// What may have been meant, behind what is wrong.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/i18n/phrases.h"

namespace electra::client {

// `what`, and the nearest of the known words where one is near to the given one.
Bilingual WithNearest(const Bilingual& what, std::string_view given,
                      const std::vector<std::string>& known);

}  // namespace electra::client

// The words of the report's page in both languages, as JSON: words that it shares with the terminal
// from the label tables, the others from a table of its own.
#pragma once

#include "client/i18n/labels.h"
#include "nlohmann/json.hpp"

namespace electra::client {

nlohmann::json PageLabels(Language language);

}  // namespace electra::client

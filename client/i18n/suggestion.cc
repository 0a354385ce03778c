#include "client/i18n/suggestion.h"

#include <optional>

#include "core/base/nearest.h"

namespace electra::client {

Bilingual WithNearest(const Bilingual& what, std::string_view given,
                      const std::vector<std::string>& known) {
  const std::optional<std::string> nearest = Nearest(given, known);
  return nearest ? Say(kPhrases.did_you_mean, what, *nearest) : what;
}

}  // namespace electra::client

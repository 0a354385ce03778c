#include "client/files/path_component.h"

#include "client/text/visible_text.h"
#include "core/base/utf8.h"

namespace electra::client {

absl::StatusOr<std::filesystem::path> PathComponent(const std::string& name, const Phrase& what,
                                                    const Phrase& advice) {
  constexpr size_t kLongest = 255;  // as file systems take them
  constexpr size_t kMostQuoted = 100;
  const bool plain = !name.empty() && name.size() <= kLongest && name.front() != '.' &&
                     name.find('/') == std::string::npos && Visible(name) == name;
  if (plain) return std::filesystem::path(name);
  return LocalError(absl::StatusCode::kDataLoss,
                    Say(kPhrases.not_a_component, Visible(Utf8Excerpt(name, kMostQuoted)), what,
                        kLongest, advice));
}

}  // namespace electra::client

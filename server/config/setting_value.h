// The value of one setting, from text and to text, and what it may be.
//
// Free functions without state.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/config/settings.h"

namespace electra::server {

// The value as written in a file: "20GB", "true", "[/a, /b]".
std::string ValueText(const Setting& setting, const Settings& settings);

// InvalidArgument with the value and the accepted ones. A list takes any number of values.
absl::Status SetValue(const Setting& setting, const std::vector<std::string>& values,
                      Settings* settings);

// The value of this one setting from one to the other.
void CopyValue(const Setting& setting, const Settings& from, Settings* to);

}  // namespace electra::server

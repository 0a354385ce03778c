// Compares the tensors that are there with those that a network needs. Private to core/hub.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace electra {

using ShapeMap = std::map<std::string, std::vector<int64_t>>;

// InvalidArgument, starting with `where`, that names each tensor which is missing, not expected, or
// of another shape, with its shapes; the first ten of them.
absl::Status CheckShapes(std::string_view where, const ShapeMap& expected, const ShapeMap& found);

}  // namespace electra

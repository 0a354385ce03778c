// Problems of tensors: one by its name, and all whose names or shapes are not a network's. Private
// to core/hub.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace electra {

using ShapeMap = std::map<std::string, std::vector<int64_t>>;

// `status`, a problem of the tensor `name`, with the name before it.
absl::Status TensorError(std::string_view name, const absl::Status& status);

// InvalidArgument, starting with `where`, that names each tensor which is missing, not expected, or
// of another shape, with its shapes; the first five of them.
absl::Status CheckShapes(std::string_view where, const ShapeMap& expected, const ShapeMap& found);

}  // namespace electra

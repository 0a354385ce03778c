// Writes safetensors files (core/hub/safetensors.h). A free function without state.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "core/hub/tensor.h"

namespace electra {

struct SafetensorsWriteOptions {
  // When set, floating-point tensors are written in this type (float32, bfloat16 or float16),
  // rounded to nearest even; others as they are.
  std::optional<DType> convert_float_to;
};

// Writes the tensors in the order given, header padded with spaces to a multiple of 8, and fsyncs
// the file. Holds a few hundred kilobytes beyond the header, however large the tensors. The file is
// written in place: write under another name and rename where a reader might look.
// InvalidArgument for a name twice, a name that is not UTF-8 or `__metadata__`, or bytes that do
// not match a shape; nothing is written then.
absl::Status WriteSafetensors(const std::string& path, std::span<const NamedTensor> tensors,
                              const std::map<std::string, std::string>& metadata,
                              const SafetensorsWriteOptions& options);

}  // namespace electra

// The weights of a model directory, whatever files hold them: model.safetensors,
// model.safetensors.index.json with its shards, pytorch_model.bin, or
// pytorch_model.bin.index.json with its shards; the first of these that is there, as transformers
// chooses.
//
//   ASSIGN_OR_RETURN(WeightMap weights, LoadWeights(directory));
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/file.h"
#include "core/hub/tensor.h"

namespace electra {

// By the names in the files. Each tensor keeps its file mapped.
using WeightMap = std::map<std::string, Tensor>;

// NotFound when none of the files is there.
absl::StatusOr<WeightMap> LoadWeights(const ModelDirectory& directory);

}  // namespace electra

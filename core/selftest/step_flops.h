// The operations of a training step, counted from its shapes.
//
// Pure functions.
#pragma once

#include "core/batch/batch.h"
#include "core/shape/config.h"

namespace electra::selftest {

// Multiplications and additions of the matrix products that the losses of a step over the batch
// need: real tokens only, the generator's head and its last layer after the attention at masked
// tokens only.
double StepFlops(const ModelConfig& model, const PackedBatch& batch);

}  // namespace electra::selftest

// How ranks share out a step.
//
// Whole micro-batches first, one after the other to each rank; the remaining ones, too few to give
// every rank one more, are divided by sequences, so that all ranks have about the same number of
// tokens. On the CPU the parts of a batch draw the same numbers as the whole (PlacesInWhole), so a
// step is the same with any number of ranks, except for the order of its sums. Pure functions; the
// standard library only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/batch/batch.h"

namespace electra {

// The part of a step that one rank computes; may be empty.
struct StepShare {
  std::vector<PackedBatch> micro_batches;
  std::vector<int64_t> indices;  // of each among the step's micro-batches
};

// A share for each of `ranks` > 0. The sequence `observed` of the first micro-batch, if one is
// named, is in the first rank's first micro-batch, and `observed` becomes its index there.
std::vector<StepShare> ShareOut(std::span<const PackedBatch> micro_batches, int64_t ranks,
                                std::optional<size_t>* observed);

}  // namespace electra

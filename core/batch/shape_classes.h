// Batches padded to few shapes: what a card needs to replay a step that it has recorded (a CUDA
// graph), since a recording has one shape.
//
// Pure functions of their arguments; the standard library only.
#pragma once

#include <cstdint>

#include "core/batch/batch.h"

namespace electra {

// The numbers of a padded batch are multiples of these.
inline constexpr int64_t kTokenClass = 512;
inline constexpr int64_t kMaskedClass = 256;
inline constexpr int64_t kSequenceClass = 64;

// `batch`, which has a token at least, with further sequences after its own, none longer than the
// longest, and then with empty ones. All its tokens, masked tokens and sequences keep their
// indices. One token is added at least, since all further masked positions name the first of them.
PackedBatch PadToClass(const PackedBatch& batch);

}  // namespace electra

// The faults of a file that comes in chunks, of a corpus or of a model.
//
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "core/base/message.h"

namespace electra::server {

// InvalidArgument: "a chunk has 2000000 bytes: at most 1048576 are accepted"
absl::Status ChunkTooLarge(size_t bytes, size_t limit);

// InvalidArgument: "a chunk is at offset 5, but 4 bytes were received"
absl::Status ChunkOutOfPlace(int64_t offset, int64_t received);

// DataLoss: "books.csv is longer than the 12 bytes that were announced"
absl::Status LongerThanAnnounced(const MessageValue& file, int64_t announced);

// DataLoss: "it was damaged on its way: its SHA-256 differs"
absl::Status DamagedOnItsWay();

// DataLoss: "model.safetensors ended after 4 of 12 bytes"
absl::Status EndedEarly(const MessageValue& file, int64_t received, int64_t announced);

}  // namespace electra::server

#include "server/base/transfer_errors.h"

#include "server/base/errors.h"

namespace electra::server {

absl::Status ChunkTooLarge(size_t bytes, size_t limit) {
  return Error(absl::StatusCode::kInvalidArgument,
               TooManyBytes(Message("A_CHUNK", "a chunk"), bytes, limit));
}

absl::Status ChunkOutOfPlace(int64_t offset, int64_t received) {
  return InvalidArgumentError("CHUNK_OUT_OF_PLACE",
                              "a chunk is at offset {offset}, but {received} bytes were received",
                              offset, received);
}

absl::Status LongerThanAnnounced(const MessageValue& file, int64_t announced) {
  return DataLossError("LONGER_THAN_ANNOUNCED",
                       "{file} is longer than the {announced} bytes that were announced",
                       file.message(), announced);
}

absl::Status DamagedOnItsWay() {
  return DataLossError("DAMAGED_ON_ITS_WAY", "it was damaged on its way: its SHA-256 differs");
}

absl::Status EndedEarly(const MessageValue& file, int64_t received, int64_t announced) {
  return DataLossError("ENDED_EARLY", "{file} ended after {received} of {announced} bytes",
                       file.message(), received, announced);
}

}  // namespace electra::server

// The space that a checkpoint will take on the disk, before it is written. A free function without
// state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/loop/checkpoint.h"

namespace electra {

struct CheckpointRoom {
  int64_t needed = 0;          // bytes of it, and of the best where that stays too
  std::vector<int64_t> older;  // of the others that stay, the newest first
};

// `keep` checkpoints stay, this one among them; it is the best where `is_best`.
CheckpointRoom RoomOfCheckpoint(const std::filesystem::path& checkpoints_dir,
                                const CheckpointContents& contents, int64_t keep, bool is_best);

}  // namespace electra

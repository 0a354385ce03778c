#include "core/loop/checkpoint_room.h"

#include <optional>
#include <system_error>

#include "core/loop/checkpoint_folders.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

// Configurations, the tokenizers' options, headers of tensors: a bound.
constexpr int64_t kSmallFiles = 256 << 10;

int64_t WeightBytes(const SessionState& state) {
  int64_t bytes = 0;
  for (const std::vector<NamedArray>* arrays :
       {&state.generator, &state.discriminator, &state.first_moments, &state.second_moments,
        &state.trained, &state.extras}) {
    for (const NamedArray& array : *arrays) {
      bytes += static_cast<int64_t>(array.values.size() * sizeof(float));
    }
  }
  return bytes;
}

// vocab.txt, and tokenizer.json with a line for each token.
int64_t TokenizerBytes(const Vocabulary& vocabulary) {
  constexpr int64_t kLine = 24;  // around the token
  return 2 * static_cast<int64_t>(vocabulary.ToText().size()) + kLine * vocabulary.size();
}

int64_t FileBytes(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    std::error_code gone;
    if (entry.is_regular_file(gone)) bytes += static_cast<int64_t>(entry.file_size(gone));
  }
  return bytes;
}

}  // namespace

CheckpointRoom RoomOfCheckpoint(const fs::path& checkpoints_dir, const CheckpointContents& contents,
                                int64_t keep, bool is_best) {
  CheckpointRoom room;
  room.needed = WeightBytes(contents.state) + 2 * TokenizerBytes(contents.tokenizer.vocabulary()) +
                kSmallFiles;
  const std::optional<fs::path> best = is_best ? std::nullopt : BestCheckpoint(checkpoints_dir);
  const fs::path own = CheckpointDir(checkpoints_dir, contents.state.step);
  if (best && *best != own) room.needed += FileBytes(*best);
  const std::vector<fs::path> there = ListCheckpoints(checkpoints_dir);
  for (auto path = there.rbegin(); path != there.rend(); ++path) {
    if (static_cast<int64_t>(room.older.size()) >= keep - 1) break;
    if (*path == own) continue;  // it takes that one's place
    room.older.push_back(*path == best ? 0 : FileBytes(*path));
  }
  return room;
}

}  // namespace electra

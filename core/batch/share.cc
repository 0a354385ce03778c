#include "core/batch/share.h"

#include <algorithm>
#include <utility>

namespace electra {
namespace {

// The sequences of a batch by the rank that gets them: the longest first, each to the rank that has
// least.
std::vector<std::vector<size_t>> Divide(const PackedBatch& batch, std::vector<int64_t>& loads) {
  std::vector<std::vector<size_t>> picked(loads.size());
  for (size_t i = 0; i < batch.sequences.size(); ++i) {  // longest first
    const auto least =
        static_cast<size_t>(std::min_element(loads.begin(), loads.end()) - loads.begin());
    picked[least].push_back(i);
    loads[least] += batch.sequences[i].length;
  }
  return picked;
}

// The sequences of `batch` whose indices `picked` (ascending) names.
PackedBatch PartOfBatch(const PackedBatch& batch, std::span<const size_t> picked) {
  PackedBatch part;
  part.whole =
      PlacesInWhole{.token_count = batch.token_count(), .token_places = {}, .masked_places = {}};
  for (size_t index : picked) {
    const PackedSequence& sequence = batch.sequences[index];
    const int64_t first = part.token_count();
    const int64_t end = sequence.first_token + sequence.length;
    for (int64_t token = sequence.first_token; token < end; ++token) {
      const auto at = static_cast<size_t>(token);
      part.original_ids.push_back(batch.original_ids[at]);
      part.masked_ids.push_back(batch.masked_ids[at]);
      part.positions.push_back(batch.positions[at]);
      part.whole->token_places.push_back(token);
    }
    const auto masked = std::lower_bound(batch.masked_positions.begin(),
                                         batch.masked_positions.end(), sequence.first_token);
    for (auto it = masked; it != batch.masked_positions.end() && *it < end; ++it) {
      part.masked_positions.push_back(*it - sequence.first_token + first);
      part.whole->masked_places.push_back(it - batch.masked_positions.begin());
    }
    part.sequences.push_back({sequence.sequence, first, sequence.length});
    if (part.groups.empty() || part.groups.back().length != sequence.length) {
      part.groups.push_back({0, sequence.length});
    }
    ++part.groups.back().sequence_count;
  }
  return part;
}

}  // namespace

std::vector<StepShare> ShareOut(std::span<const PackedBatch> micro_batches, int64_t ranks,
                                std::optional<size_t>* observed) {
  const auto count = static_cast<size_t>(ranks);
  std::vector<StepShare> shares(count);
  std::vector<int64_t> loads(count);
  size_t owner = 0;             // of the observed sequence
  std::optional<size_t> place;  // of it in the owner's part, where the first batch is divided
  const auto give = [&](size_t rank, size_t index, PackedBatch batch) {
    shares[rank].indices.push_back(static_cast<int64_t>(index));
    shares[rank].micro_batches.push_back(std::move(batch));
  };
  const size_t undivided = micro_batches.size() / count * count;
  for (size_t i = 0; i < micro_batches.size(); ++i) {
    if (i < undivided) {
      loads[i % count] += micro_batches[i].token_count();
      give(i % count, i, micro_batches[i]);
      continue;
    }
    const std::vector<std::vector<size_t>> picked = Divide(micro_batches[i], loads);
    for (size_t rank = 0; rank < count; ++rank) {
      if (picked[rank].empty()) continue;
      if (i == 0 && *observed) {
        const auto found = std::find(picked[rank].begin(), picked[rank].end(), **observed);
        if (found != picked[rank].end()) {
          owner = rank;
          place = static_cast<size_t>(found - picked[rank].begin());
        }
      }
      give(rank, i, PartOfBatch(micro_batches[i], picked[rank]));
    }
  }
  if (place) *observed = place;
  std::swap(shares[0], shares[owner]);
  return shares;
}

}  // namespace electra

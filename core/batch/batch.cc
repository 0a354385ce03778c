#include "core/batch/batch.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

#include "core/batch/random.h"
#include "core/batch/rounding.h"

namespace electra {
namespace {

template <typename T>
void Shuffle(std::vector<T>& values, KeyedRandom& random) {
  for (size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[static_cast<size_t>(random.Below(i))]);
  }
}

}  // namespace

PackedBatch MakeBatch(const TokenSequences& corpus, std::span<const uint64_t> sequences,
                      const SpecialTokenIds& special, const MaskingOptions& options) {
  std::vector<uint64_t> order(sequences.begin(), sequences.end());
  std::stable_sort(order.begin(), order.end(),
                   [&](uint64_t a, uint64_t b) { return corpus[a].size() > corpus[b].size(); });

  PackedBatch batch;
  for (uint64_t sequence : order) {
    const std::span<const int32_t> ids = corpus[sequence];
    const int64_t first = batch.token_count();
    const int64_t length = static_cast<int64_t>(ids.size()) + 2;
    batch.original_ids.push_back(special.cls);
    batch.original_ids.insert(batch.original_ids.end(), ids.begin(), ids.end());
    batch.original_ids.push_back(special.sep);
    for (int64_t position = 0; position < length; ++position) batch.positions.push_back(position);

    batch.sequences.push_back({sequence, first, length});
    if (batch.groups.empty() || batch.groups.back().length != length) {
      batch.groups.push_back({0, length});
    }
    ++batch.groups.back().sequence_count;

    for (int64_t position : ChooseMaskedPositions(ids, special, options, sequence)) {
      batch.masked_positions.push_back(first + position);
    }
  }

  batch.masked_ids = batch.original_ids;
  for (int64_t index : batch.masked_positions) {
    // Keyed by place in the text, so that it too is the same in whatever batch the sequence is.
    const auto sequence = std::upper_bound(
        batch.sequences.begin(), batch.sequences.end(), index,
        [](int64_t token, const PackedSequence& packed) { return token < packed.first_token; });
    const PackedSequence& packed = *(sequence - 1);
    int64_t& id = batch.masked_ids[static_cast<size_t>(index)];
    id = CorruptToken(id, special, options, packed.sequence,
                      static_cast<uint64_t>(index - packed.first_token));
  }
  return batch;
}

std::vector<uint64_t> FindOriginals(const TokenSequences& corpus,
                                    std::span<const uint64_t> sequence_samples) {
  std::vector<uint64_t> begins;  // of each sample's tokens, and the end of the last
  for (uint64_t sequence = 0; sequence < sequence_samples.size(); ++sequence) {
    if (sequence_samples[sequence] == begins.size()) begins.push_back(corpus.offsets[sequence]);
  }
  const uint64_t count = begins.size();
  begins.push_back(corpus.offsets.empty() ? 0 : corpus.offsets.back());
  const auto bytes = [&](uint64_t sample) {
    const auto tokens = corpus.ids.subspan(begins[sample], begins[sample + 1] - begins[sample]);
    return std::string_view(reinterpret_cast<const char*>(tokens.data()), tokens.size_bytes());
  };

  // Sorted, equal ones are neighbours, in order of samples; so it takes less memory than a table.
  std::vector<std::pair<size_t, uint64_t>> hashes;
  hashes.reserve(count);
  for (uint64_t sample = 0; sample < count; ++sample) {
    hashes.emplace_back(std::hash<std::string_view>()(bytes(sample)), sample);
  }
  std::sort(hashes.begin(), hashes.end());
  std::vector<uint64_t> originals(count);
  std::vector<uint64_t> different;  // of one hash
  for (size_t i = 0; i < hashes.size(); ++i) {
    const auto [hash, sample] = hashes[i];
    if (i == 0 || hashes[i - 1].first != hash) different.clear();
    const auto found = std::find_if(
        different.begin(), different.end(),
        [&, sample = sample](uint64_t other) { return bytes(other) == bytes(sample); });
    originals[sample] = found == different.end() ? sample : *found;
    if (found == different.end()) different.push_back(sample);
  }
  return originals;
}

int64_t CountCopies(std::span<const uint64_t> originals) {
  int64_t copies = 0;
  for (uint64_t sample = 0; sample < originals.size(); ++sample) {
    if (originals[sample] != sample) ++copies;
  }
  return copies;
}

DataSplit SplitSequences(std::span<const uint64_t> sequence_samples,
                         std::span<const uint64_t> originals, double percentage, uint64_t seed,
                         uint64_t candidates) {
  std::vector<uint64_t> samples;
  std::vector<bool> is_repeated(originals.size());
  for (uint64_t sample = 0; sample < originals.size(); ++sample) {
    if (originals[sample] == sample) {
      if (sample < candidates) samples.push_back(sample);
    } else {
      is_repeated[originals[sample]] = true;
    }
  }
  const double wanted = percentage / 100.0 * static_cast<double>(samples.size());
  const size_t most = samples.empty() ? 0 : samples.size() - 1;
  const size_t count = std::min(most, static_cast<size_t>(std::max<int64_t>(0, RoundUp(wanted))));
  KeyedRandom random({static_cast<uint64_t>(RandomUse::kSplit), seed});
  Shuffle(samples, random);
  std::stable_partition(samples.begin(), samples.end(),
                        [&](uint64_t sample) { return !is_repeated[sample]; });
  std::vector<uint64_t> held_out(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(count));
  std::sort(held_out.begin(), held_out.end());

  DataSplit split;
  for (uint64_t sequence = 0; sequence < sequence_samples.size(); ++sequence) {
    const uint64_t sample = sequence_samples[sequence];
    if (!std::binary_search(held_out.begin(), held_out.end(), originals[sample])) {
      split.train.push_back(sequence);
    } else if (originals[sample] == sample) {
      split.validation.push_back(sequence);
    }
  }
  return split;
}

void LeaveOutCopies(std::span<const uint64_t> sequence_samples, std::span<const uint64_t> originals,
                    std::vector<uint64_t>* train) {
  std::erase_if(*train, [&](uint64_t sequence) {
    const uint64_t sample = sequence_samples[sequence];
    return originals[sample] != sample;
  });
}

std::vector<uint64_t> EpochOrder(std::span<const uint64_t> train, uint64_t seed, uint64_t epoch) {
  std::vector<uint64_t> order(train.begin(), train.end());
  KeyedRandom random({static_cast<uint64_t>(RandomUse::kOrder), seed, epoch});
  Shuffle(order, random);
  return order;
}

std::vector<uint64_t> LongestSequences(const TokenSequences& corpus,
                                       std::span<const uint64_t> sequences, size_t count) {
  std::vector<uint64_t> longest(sequences.begin(), sequences.end());
  std::stable_sort(longest.begin(), longest.end(), [&corpus](uint64_t a, uint64_t b) {
    return corpus[a].size() > corpus[b].size();
  });
  longest.resize(std::min(longest.size(), count));
  return longest;
}

}  // namespace electra

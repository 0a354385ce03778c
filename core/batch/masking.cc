#include "core/batch/masking.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/batch/random.h"
#include "core/batch/rounding.h"

namespace electra {
namespace {

bool IsSpecial(int64_t id, const SpecialTokenIds& special) {
  return id == special.cls || id == special.sep || id == special.pad;
}

// The first `count` of a Fisher-Yates shuffle.
template <typename T>
void ShuffleFirst(size_t count, std::vector<T>& values, KeyedRandom& random) {
  for (size_t i = 0; i < count; ++i) {
    std::swap(values[i], values[i + static_cast<size_t>(random.Below(values.size() - i))]);
  }
}

// Positions [begin, begin + length), counted from [CLS] = 0.
struct Word {
  int64_t begin;
  int64_t length;
};

std::vector<Word> FindWords(std::span<const int32_t> ids, const SpecialTokenIds& special,
                            const MaskingOptions& options) {
  std::vector<Word> words;
  bool open = false;  // the token before belongs to words.back()
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto id = static_cast<size_t>(ids[i]);
    if (IsSpecial(ids[i], special)) {
      open = false;
    } else if (open && id < options.continues_word.size() && options.continues_word[id] != 0) {
      ++words.back().length;
    } else {
      words.push_back({.begin = static_cast<int64_t>(i) + 1, .length = 1});
      open = true;
    }
  }
  return words;
}

// In words: geometric with parameter p, restricted to 1 .. max_span_length.
int64_t DrawSpanLength(const MaskingOptions& options, KeyedRandom& random) {
  const double stop = options.span_geometric_p;
  double all = 0;
  double share = stop;
  for (int64_t i = 0; i < options.max_span_length; ++i, share *= 1 - stop) all += share;
  double left = random.NextDouble() * all;
  share = stop;
  int64_t length = 1;
  while (length < options.max_span_length && left >= share) {
    left -= share;
    share *= 1 - stop;
    ++length;
  }
  return length;
}

// Words taken so far, and how many tokens are still to be taken.
class WordMask {
 public:
  WordMask(std::span<const Word> words, int64_t wanted)
      : words_(words), taken_(words.size()), wanted_(wanted) {}

  int64_t wanted() const { return wanted_; }

  // Takes words from `first` on, at most `count`, while each fits and follows the one before.
  void TakeSpan(size_t first, int64_t count) {
    int64_t next = words_[first].begin;
    for (size_t i = first; i < words_.size() && count > 0; ++i, --count) {
      const Word& word = words_[i];
      if (taken_[i] || word.length > wanted_ || word.begin != next) return;
      next = word.begin + word.length;
      Take(i);
    }
  }

  // Every remaining word is longer than the remaining count. Takes the shortest (the first such in
  // `order`) where that brings the count nearer, or where nothing is taken yet.
  void TakeNearest(std::span<const size_t> order) {
    if (wanted_ == 0) return;
    const auto length = [&](size_t i) { return words_[i].length; };
    size_t shortest = words_.size();
    for (size_t i : order) {
      if (taken_[i] || (shortest < words_.size() && length(i) >= length(shortest))) continue;
      shortest = i;
    }
    if (shortest == words_.size()) return;
    if (taken_count_ == 0 || length(shortest) - wanted_ < wanted_) Take(shortest);
  }

  std::vector<int64_t> Positions() const {
    std::vector<int64_t> positions;
    for (size_t i = 0; i < words_.size(); ++i) {
      if (!taken_[i]) continue;
      for (int64_t j = 0; j < words_[i].length; ++j) positions.push_back(words_[i].begin + j);
    }
    return positions;
  }

 private:
  void Take(size_t i) {
    taken_[i] = true;
    wanted_ -= words_[i].length;
    ++taken_count_;
  }

  std::span<const Word> words_;
  std::vector<bool> taken_;
  int64_t wanted_;
  int64_t taken_count_ = 0;
};

std::vector<int64_t> ChooseTokens(std::span<const Word> tokens, size_t count, KeyedRandom& random) {
  std::vector<int64_t> positions;
  for (const Word& token : tokens) positions.push_back(token.begin);
  ShuffleFirst(count, positions, random);
  positions.resize(count);
  std::sort(positions.begin(), positions.end());
  return positions;
}

}  // namespace

std::vector<int64_t> ChooseMaskedPositions(std::span<const int32_t> ids,
                                           const SpecialTokenIds& special,
                                           const MaskingOptions& options, uint64_t sequence) {
  MaskingOptions by_unit = options;
  if (options.unit == MaskUnit::kToken) by_unit.continues_word = {};
  const std::vector<Word> words = FindWords(ids, special, by_unit);
  int64_t maskable = 0;
  for (const Word& word : words) maskable += word.length;
  const double share = options.mlm_probability * static_cast<double>(maskable);
  const int64_t wanted = std::min(maskable, RoundUp(share));
  KeyedRandom random(
      {static_cast<uint64_t>(RandomUse::kMask), options.seed, options.epoch, sequence});
  if (options.unit == MaskUnit::kToken) {
    return ChooseTokens(words, static_cast<size_t>(wanted), random);
  }

  std::vector<size_t> order(words.size());
  std::iota(order.begin(), order.end(), size_t{0});
  ShuffleFirst(order.size(), order, random);
  WordMask mask(words, wanted);
  for (size_t first : order) {
    if (mask.wanted() == 0) break;
    mask.TakeSpan(first, options.unit == MaskUnit::kSpan ? DrawSpanLength(options, random) : 1);
  }
  mask.TakeNearest(order);
  return mask.Positions();
}

int64_t CorruptToken(int64_t id, const SpecialTokenIds& special, const MaskingOptions& options,
                     uint64_t sequence, uint64_t position) {
  KeyedRandom random(
      {static_cast<uint64_t>(RandomUse::kMask), options.seed, options.epoch, sequence, position});
  const bool is_replaced = random.NextDouble() < options.replace_prob;
  if (options.random_token_prob > 0 && random.NextDouble() < options.random_token_prob) {
    const auto drawn =
        static_cast<int64_t>(random.Below(static_cast<uint64_t>(options.vocab_size)));
    if (!IsSpecial(drawn, special)) return drawn;
  }
  return is_replaced ? special.mask : id;
}

}  // namespace electra

#include "core/text/wordpiece_merger.h"

#include "core/base/utf8.h"
#include "core/text/vocabulary.h"

namespace electra {
WordpieceMerger::WordpieceMerger(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    ids_.emplace(tokens_[i], static_cast<std::uint32_t>(i));
  }
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved
std::uint32_t WordpieceMerger::IdOf(std::string token) {
  const auto [entry, inserted] =
      ids_.try_emplace(std::move(token), static_cast<std::uint32_t>(tokens_.size()));
  if (inserted) tokens_.push_back(entry->first);
  return entry->second;
}

void WordpieceMerger::AddWord(std::u32string_view word, std::int64_t count) {
  std::vector<std::uint32_t> pieces;
  for (std::size_t i = 0; i < word.size(); ++i) {
    std::string token;
    AppendUtf8(word[i], &token);
    if (!ids_.contains(token)) continue;
    if (i > 0) token.insert(0, kContinuation);
    pieces.push_back(IdOf(std::move(token)));
  }
  // Nothing can be merged in a shorter one.
  if (pieces.size() > 1) words_.push_back({.pieces = std::move(pieces), .count = count});
}

void WordpieceMerger::CountPairs() {
  for (std::uint32_t w = 0; w < words_.size(); ++w) {
    const std::vector<std::uint32_t>& pieces = words_[w].pieces;
    for (std::size_t i = 1; i < pieces.size(); ++i) Change({pieces[i - 1], pieces[i]}, 1, w);
  }
  PushNewPairs();
}

void WordpieceMerger::Change(Pair pair, std::int64_t change, std::uint32_t word) {
  counts_[pair] += change * words_[word].count;
  if (change < 0) return;
  Words& words = new_pairs_[pair];
  if (words.empty() || words.back() != word) words.push_back(word);
}

void WordpieceMerger::PushNewPairs() {
  for (auto& [pair, words] : new_pairs_) {
    const std::int64_t count = counts_[pair];
    if (count > 0) queue_.push({.pair = pair, .count = count, .words = std::move(words)});
  }
  new_pairs_.clear();
}

bool WordpieceMerger::PopFrequent(std::int64_t min_frequency, Candidate* top) {
  while (!queue_.empty()) {
    // priority_queue gives no way to move its top out; it is popped at once.
    *top = std::move(const_cast<Candidate&>(queue_.top()));
    queue_.pop();
    const std::int64_t count = counts_[top->pair];
    if (count == top->count) return count >= min_frequency;
    top->count = count;
    if (count > 0) queue_.push(std::move(*top));
  }
  return false;
}

bool WordpieceMerger::Merge(std::int64_t min_frequency) {
  Candidate top;
  do {
    if (!PopFrequent(min_frequency, &top)) return false;
    // All but the first piece of a word carry the prefix.
  } while (tokens_[top.pair.first].size() + tokens_[top.pair.second].size() - kContinuation.size() >
           Vocabulary::kMaxTokenBytes);
  const std::uint32_t merged =
      IdOf(tokens_[top.pair.first] + tokens_[top.pair.second].substr(kContinuation.size()));
  for (const std::uint32_t word : top.words) MergeInWord(top.pair, merged, word);
  PushNewPairs();
  return true;
}

// Replaces the pair from left to right; neighbours count as they are at that moment.
void WordpieceMerger::MergeInWord(Pair pair, std::uint32_t merged, std::uint32_t word) {
  std::vector<std::uint32_t>& pieces = words_[word].pieces;
  std::size_t kept = 0;  // pieces[0, kept) are done
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i] != pair.first || i + 1 == pieces.size() || pieces[i + 1] != pair.second) {
      pieces[kept++] = pieces[i];
      continue;
    }
    if (kept > 0) {
      Change({pieces[kept - 1], pair.first}, -1, word);
      Change({pieces[kept - 1], merged}, 1, word);
    }
    if (i + 2 < pieces.size()) {
      Change({pair.second, pieces[i + 2]}, -1, word);
      Change({merged, pieces[i + 2]}, 1, word);
    }
    pieces[kept++] = merged;
    ++i;
  }
  pieces.resize(kept);
}

}  // namespace electra

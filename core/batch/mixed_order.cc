#include "core/batch/mixed_order.h"

#include <utility>

namespace electra {

MixedOrder::MixedOrder(const TokenSequences& corpus, std::vector<Part> parts, uint64_t seed)
    : corpus_(corpus), parts_(std::move(parts)), seed_(seed) {
  for (const Part& part : parts_) share_sum_ += part.share;
  Restart();
  while (progress_.front().pass == 0 && progress_.front().done < parts_.front().train.size()) {
    Next();
  }
  epoch_length_ = place_;
  Restart();
}

void MixedOrder::Restart() {
  progress_.clear();
  for (const Part& part : parts_) {
    progress_.push_back({.order = EpochOrder(part.train, seed_, 0)});
  }
  place_ = 0;
  tokens_ = 0;
}

uint64_t MixedOrder::Next() {
  size_t chosen = 0;
  double most = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const double lacking = parts_[i].share / share_sum_ * static_cast<double>(tokens_) -
                           static_cast<double>(progress_[i].tokens);
    if (i > 0 && lacking <= most) continue;
    chosen = i;
    most = lacking;
  }
  Progress& progress = progress_[chosen];
  if (progress.done == progress.order.size()) {
    progress.order = EpochOrder(parts_[chosen].train, seed_, ++progress.pass);
    progress.done = 0;
  }
  const uint64_t sequence = progress.order[progress.done++];
  const uint64_t tokens = corpus_[sequence].size();
  progress.tokens += tokens;
  tokens_ += tokens;
  ++place_;
  return sequence;
}

std::vector<uint64_t> MixedOrder::Read(uint64_t begin, size_t count) {
  if (begin < place_) Restart();
  while (place_ < begin) Next();
  std::vector<uint64_t> sequences;
  sequences.reserve(count);
  while (sequences.size() < count) sequences.push_back(Next());
  return sequences;
}

}  // namespace electra

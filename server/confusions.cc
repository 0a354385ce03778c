#include "server/confusions.h"

#include <algorithm>
#include <vector>

namespace electra {
namespace {

// The entries with the largest count (of more than 0), ties by key.
template <typename Counts, typename CountOf>
auto Largest(const Counts& counts, int limit, CountOf count_of) {
  using Entry = const typename Counts::value_type*;
  std::vector<Entry> entries;
  for (const auto& entry : counts) {
    if (count_of(entry.second) > 0) entries.push_back(&entry);
  }
  const size_t kept = std::min(entries.size(), static_cast<size_t>(limit));
  std::partial_sort(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(kept), entries.end(),
                    [&](Entry a, Entry b) {
                      const int64_t count_a = count_of(a->second);
                      const int64_t count_b = count_of(b->second);
                      return count_a != count_b ? count_a > count_b : a->first < b->first;
                    });
  entries.resize(kept);
  return entries;
}

}  // namespace

void ConfusionCounter::Add(const v1::Sample& sample) {
  if (sample.probe() > 0) return;
  totals_.set_sample_count(totals_.sample_count() + 1);
  if (totals_.sample_count() == 1) totals_.set_first_step(sample.step());
  totals_.set_last_step(sample.step());
  for (const v1::SampleToken& token : sample.tokens()) {
    const bool is_fake = token.original() != token.fake();
    if (token.text().empty() && !is_fake) continue;  // [CLS], [SEP]
    totals_.set_token_count(totals_.token_count() + 1);
    TokenCounts& counts = tokens_[token.original()];
    ++counts.count;
    if (is_fake) {
      const bool caught = token.predicted_fake();
      totals_.set_fake_count(totals_.fake_count() + 1);
      totals_.set_caught_count(totals_.caught_count() + caught);
      ++counts.fakes;
      counts.missed += !caught;
      FakeCounts& fake = fakes_[{token.original(), token.fake()}];
      ++fake.fakes;
      fake.missed += !caught;
    } else if (token.predicted_fake()) {
      totals_.set_suspected_count(totals_.suspected_count() + 1);
      ++counts.suspected;
    }
  }
  // Once a sample: it adds no more than its few hundred tokens.
  if (tokens_.size() > options_.most_entries) Shrink(&tokens_);
  if (fakes_.size() > options_.most_entries) Shrink(&fakes_);
}

template <typename Counts>
void ConfusionCounter::Shrink(Counts* counts) {
  totals_.set_is_approximate(true);
  std::vector<int64_t> remarks;
  for (const auto& entry : *counts) remarks.push_back(entry.second.remarks());
  const auto middle = remarks.begin() + static_cast<ptrdiff_t>(remarks.size() / 2);
  std::nth_element(remarks.begin(), middle, remarks.end());
  absl::erase_if(*counts,
                 [rare = *middle](const auto& entry) { return entry.second.remarks() <= rare; });
}

v1::Confusions ConfusionCounter::Top(int limit) const {
  v1::Confusions confusions = totals_;
  const auto fill = [](const std::string& token, const TokenCounts& counts,
                       v1::TokenConfusion* confusion) {
    confusion->set_token(token);
    confusion->set_count(counts.count);
    confusion->set_fake_count(counts.fakes);
    confusion->set_missed_count(counts.missed);
    confusion->set_suspected_count(counts.suspected);
  };
  for (const auto* entry :
       Largest(tokens_, limit, [](const TokenCounts& counts) { return counts.fakes; })) {
    fill(entry->first, entry->second, confusions.add_faked());
  }
  for (const auto* entry :
       Largest(fakes_, limit, [](const FakeCounts& counts) { return counts.missed; })) {
    v1::FakeConfusion* missed = confusions.add_missed();
    missed->set_original(entry->first.first);
    missed->set_fake(entry->first.second);
    missed->set_fake_count(entry->second.fakes);
    missed->set_missed_count(entry->second.missed);
  }
  for (const auto* entry :
       Largest(tokens_, limit, [](const TokenCounts& counts) { return counts.suspected; })) {
    fill(entry->first, entry->second, confusions.add_suspected());
  }
  return confusions;
}

}  // namespace electra

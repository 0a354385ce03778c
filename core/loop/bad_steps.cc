#include "core/loop/bad_steps.h"

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/text/corpus_reader.h"

namespace electra {
namespace {

constexpr size_t kMostNumbers = 20;

// Lines on which these samples (ascending) begin; empty where the corpus cannot be read. The cache
// numbers the samples that have a token, so the reader's are matched by their text.
std::vector<int64_t> LinesOf(const TrainingTask& task, const TokenCache& cache,
                             const std::set<uint64_t>& samples) {
  auto reader = CorpusReader::Open(task.corpus_path, task.corpus);
  if (!reader.ok()) return {};
  std::vector<int64_t> lines;
  uint64_t sample = 0;
  std::string text;
  while (lines.size() < samples.size()) {
    const absl::StatusOr<bool> more = (*reader)->Next(&text);
    if (!more.ok() || !*more || sample == cache.counts().samples) return {};
    if (text != cache.SampleText(sample)) continue;
    if (samples.contains(sample)) lines.push_back((*reader)->line());
    ++sample;
  }
  return lines;
}

std::string Enumerate(const std::vector<int64_t>& numbers) {
  const size_t shown = std::min(numbers.size(), kMostNumbers);
  std::string text =
      absl::StrJoin(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(shown), ", ");
  if (shown < numbers.size()) absl::StrAppend(&text, " and ", numbers.size() - shown, " more");
  return text;
}

}  // namespace

std::string DescribeSource(const TrainingTask& task, const TokenCache& cache,
                           std::span<const uint64_t> sequences) {
  std::set<uint64_t> samples;
  for (uint64_t sequence : sequences) samples.insert(cache.sequence_samples()[sequence]);
  std::vector<int64_t> numbers = LinesOf(task, cache, samples);
  const char* what = "lines";
  if (numbers.empty()) {
    what = "samples";
    for (uint64_t sample : samples) numbers.push_back(static_cast<int64_t>(sample) + 1);
  }
  return absl::StrCat(what, " ", Enumerate(numbers), " of ", task.corpus.display_name);
}

}  // namespace electra

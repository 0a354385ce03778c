#include "core/loop/bad_steps.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/text/corpus_reader.h"

namespace electra {
namespace {

constexpr size_t kMostNumbers = 20;

// The samples of one corpus in a token cache: [begin, end).
struct SampleRange {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Lines on which these samples (ascending) begin; empty where the corpus cannot be read. The cache
// numbers the samples that have a token, so the reader's are matched by their text.
std::vector<std::string> LinesOf(const CorpusSource& source, const TokenCache& cache,
                                 const SampleRange& range, const std::set<uint64_t>& samples) {
  auto reader = CorpusReader::Open(source.path, source.reading);
  if (!reader.ok()) return {};
  std::vector<std::string> lines;
  uint64_t sample = range.begin;
  std::string text;
  while (lines.size() < samples.size()) {
    const absl::StatusOr<bool> more = (*reader)->Next(&text);
    if (!more.ok() || !*more || sample == range.end) return {};
    if (text != cache.SampleText(sample)) continue;
    if (samples.contains(sample)) {
      const std::string file((*reader)->file());
      lines.push_back(absl::StrCat(file, file.empty() ? "" : ":", (*reader)->line()));
    }
    ++sample;
  }
  return lines;
}

Message Enumerate(const std::vector<std::string>& numbers) {
  const size_t shown = std::min(numbers.size(), kMostNumbers);
  const std::string text =
      absl::StrJoin(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(shown), ", ");
  if (shown == numbers.size()) return Message::Uncoded(text);
  return Message("NUMBERS_AND_MORE", "{numbers} and {count} more", text, numbers.size() - shown);
}

Message DescribePart(const CorpusSource& source, const TokenCache& cache, const SampleRange& range,
                     const std::set<uint64_t>& samples) {
  std::vector<std::string> numbers = LinesOf(source, cache, range, samples);
  if (!numbers.empty()) {
    return Message("LINES_OF_CORPUS", "lines {lines} of {corpus}", Enumerate(numbers),
                   source.reading.display_name);
  }
  for (uint64_t sample : samples) numbers.push_back(absl::StrCat(sample - range.begin + 1));
  return Message("SAMPLES_OF_CORPUS", "samples {samples} of {corpus}", Enumerate(numbers),
                 source.reading.display_name);
}

}  // namespace

Message DescribeSource(const TrainingTask& task, const TokenCache& cache,
                       std::span<const uint64_t> sequences) {
  std::set<uint64_t> samples;
  for (uint64_t sequence : sequences) samples.insert(cache.sequence_samples()[sequence]);
  const std::vector<CorpusSource> sources = TrainedOn(task);
  Message all;
  SampleRange range;
  for (size_t i = 0; i < sources.size(); ++i) {
    range = {.begin = range.end, .end = cache.part_ends()[i]};
    const std::set<uint64_t> own(samples.lower_bound(range.begin), samples.lower_bound(range.end));
    if (own.empty()) continue;
    const Message part = DescribePart(sources[i], cache, range, own);
    all = all.text().empty() ? part : Message("SOURCE_AND_SOURCE", "{first}, {second}", all, part);
  }
  return all;
}

}  // namespace electra

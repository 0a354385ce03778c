#include "core/probe/evaluation_confusions.h"

#include <vector>

#include "core/probe/sample.h"

namespace electra {

void EvaluationConfusions::Add(const PackedBatch& batch, const TokenVerdicts& verdicts) {
  std::vector<bool> masked(static_cast<size_t>(batch.token_count()), false);
  for (int64_t position : batch.masked_positions) masked[static_cast<size_t>(position)] = true;
  for (const PackedSequence& sequence : batch.sequences) {
    ++sequences_;
    const auto first = static_cast<size_t>(sequence.first_token);
    const auto length = static_cast<size_t>(sequence.length);
    for (size_t i = first + 1; i + 1 < first + length; ++i) {
      const auto original = static_cast<int32_t>(batch.original_ids[i]);
      counter_.Add({.original = original,
                    .fake = verdicts.fake_ids[i],
                    .masked = masked[i],
                    .suspected = verdicts.suspected[i]});
    }
  }
}

ConfusionReport EvaluationConfusions::Report(int64_t step, const Vocabulary& vocabulary) const {
  const Confusions<int32_t> counted = counter_.Top(ConfusionReport::kMostRows);
  const auto text = [&](int32_t id) { return TokenText(vocabulary, id); };
  const auto with_text = [&](const TokenConfusion<int32_t>& entry) {
    return TokenConfusion<std::string>{.token = text(entry.token),
                                       .count = entry.count,
                                       .masked = entry.masked,
                                       .fakes = entry.fakes,
                                       .missed = entry.missed,
                                       .suspected = entry.suspected};
  };
  ConfusionReport report{.step = step, .sequences = sequences_, .confusions = {}};
  Confusions<std::string>& confusions = report.confusions;
  confusions.tokens = counted.tokens;
  confusions.masked = counted.masked;
  confusions.fakes = counted.fakes;
  confusions.caught = counted.caught;
  confusions.suspected = counted.suspected;
  confusions.is_approximate = counted.is_approximate;
  for (const auto& entry : counted.faked) confusions.faked.push_back(with_text(entry));
  for (const auto& entry : counted.suspects) confusions.suspects.push_back(with_text(entry));
  for (const FakeConfusion<int32_t>& entry : counted.missed) {
    confusions.missed.push_back({.original = text(entry.original),
                                 .fake = text(entry.fake),
                                 .fakes = entry.fakes,
                                 .missed = entry.missed});
  }
  return report;
}

}  // namespace electra

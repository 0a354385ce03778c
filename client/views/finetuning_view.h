// Fine-tunings for people: how well the base and the adapted model do on a user's task.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>

#include "client/i18n/labels.h"
#include "electra/v1/finetuning.pb.h"

namespace electra::client {

// "reviews.csv:label", by which fine-tunings of different jobs are known to be on the same task.
std::string TaskName(const v1::Finetuning& finetuning);

// "macro F1 0.745 ± 0.010, accuracy 0.751 ± 0.008, 5 runs".
std::string ScoresText(const v1::FinetuningScores& scores, Language language);

// How much better the adapted model is than the base, for each seed that both have.
struct Gain {
  int seeds = 0;
  int better = 0;        // seeds with a higher macro F1
  double mean = 0;       // of the macro F1's differences
  double deviation = 0;  // of the sample; 0 for a single seed
};
// nullopt: no seed has both.
std::optional<Gain> GainOf(const v1::Finetuning& finetuning);

// "macro F1 +0.033 ± 0.008, better with 5 of 5 seeds".
std::string GainText(const Gain& gain, Language language);

// In one line: the scores of both, or the progress.
std::string FinetuningLine(const v1::Finetuning& finetuning, Language language);

}  // namespace electra::client

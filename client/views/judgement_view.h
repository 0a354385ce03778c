// A trained pair's results for a given sentence.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "client/views/sample_view.h"
#include "electra/v1/inference.pb.h"

namespace electra::client {

// Which sentence of how many, and whose model.
struct JudgementHeading {
  int number = 1;  // from 1
  std::string model;
  int64_t step = 0;  // 0: an imported model
};

// A sentence with fakes: as a recorded sample is shown, without losses.
std::string RenderFakedText(const v1::JudgedText& text, const JudgementHeading& heading,
                            const SampleViewOptions& options);

// A sentence as given: suspected tokens in parentheses, then every token with its probability of
// being out of place.
std::string RenderJudgedText(const v1::JudgedText& text, const JudgementHeading& heading,
                             const SampleViewOptions& options);

}  // namespace electra::client

// A sample prediction as people read it: the tokens of one sentence with the generator's fakes and
// the discriminator's verdicts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/metrics.h"
#include "core/text/token_cache.h"
#include "core/text/tokenizer.h"

namespace electra {

struct SampleToken {
  std::string original;       // as in the vocabulary, `##` included
  std::string fake;           // what the discriminator saw
  std::string text;           // the piece of the source text; empty for [CLS] and [SEP]
  bool space_before = false;  // the source text has white space before this token
  bool masked = false;
  bool predicted_fake = false;
  float fake_probability = 0;

  bool is_fake() const { return original != fake; }
};

struct SampleReport {
  int64_t step = 0;
  int64_t epoch = 0;
  int64_t probe = 0;  // of the job's probe sentences, from 1; 0: of the step's batch
  LossMetrics loss;   // of the step; of a probe sentence its own losses, without rates
  std::vector<SampleToken> tokens;
  int64_t fakes = 0;
  int64_t caught = 0;     // fakes that were suspected
  int64_t suspected = 0;  // originals that were suspected
};

// The token of an id, or its number: a model's embedding may have more rows than its vocabulary has
// tokens, and an untrained generator may draw one of them.
std::string TokenText(const Vocabulary& vocabulary, int32_t id);

// `prediction` is of a sequence of `cache`, which was made with `tokenizer`. The source text is
// tokenized again for the places of its tokens, so that white space and [UNK] words are shown as
// they were written.
SampleReport MakeSampleReport(const SequencePrediction& prediction, const TokenCache& cache,
                              const Tokenizer& tokenizer);

// The same for a prediction of `text` whose first `start` tokens are left out.
SampleReport MakeSampleReport(const SequencePrediction& prediction, std::string_view text,
                              size_t start, const Tokenizer& tokenizer);

}  // namespace electra

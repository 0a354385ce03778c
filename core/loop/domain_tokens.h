// disc_token_weights=domain for a job that begins: which tokens its text has more of.
//
// The domain is the first corpus of the job. It is compared with the text of the others, where
// there are any; else with the expectations of the imported generator, the snapshot that adaptation
// starts from, the sum of its predictions in masked places of the domain. Follows the idea of
// "Snapshot-Guided Domain Adaptation for ELECTRA" (Cheng et al., Findings of EMNLP 2022): tokens of
// the domain are found by a snapshot of the model, without new parameters, and their losses count
// more. Here that is done once, by token id, rather than again in each step.
//
// A free function without state.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/loop/prepare.h"
#include "core/session/session.h"
#include "core/settings/hyperparameters.h"
#include "core/trainer.h"

namespace electra {

struct DomainTokens {
  std::vector<float> weights;  // [vocab], core/batch/token_weights.h
  int64_t favoured = 0;        // tokens that count more than once
};

// Whether the generator has learned from text, and so expects something.
enum class GeneratorIs { kNew, kTrained };

// InvalidArgument: there is nothing to compare with. Cancelled after a stop. Reads the session,
// which holds the weights that training starts from.
absl::StatusOr<DomainTokens> FindDomainTokens(const PreparedCorpus& corpus,
                                              const Hyperparameters& hyperparameters,
                                              int64_t vocab_size, GeneratorIs generator,
                                              TrainingSession& session, const StopSignal& stop);

}  // namespace electra

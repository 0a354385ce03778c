#include "core/loop/domain_tokens.h"

#include <algorithm>
#include <span>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/batch/batch.h"
#include "core/batch/token_weights.h"
#include "core/settings/hyperparameter_table.h"

namespace electra {
namespace {

// How many sequences the generator is asked about: enough for the frequencies of tokens that
// matter, and a small part of an epoch of any large corpus.
constexpr size_t kMostExamined = 2048;
constexpr size_t kExaminedAtOnce = 32;

using Counts = std::vector<double>;  // by token id

// How often each token occurs in the training text of the first corpus, and of the others.
struct TokensByCorpus {
  Counts domain;
  Counts others;
  std::vector<uint64_t> domain_sequences;
};

TokensByCorpus CountTokens(const PreparedCorpus& corpus, int64_t vocab_size) {
  const auto size = static_cast<size_t>(vocab_size);
  TokensByCorpus counts{.domain = Counts(size), .others = Counts(size), .domain_sequences = {}};
  const uint64_t domain_samples = corpus.cache->part_ends().front();
  const TokenSequences sequences = corpus.sequences();
  for (const uint64_t sequence : corpus.split.train) {
    const bool is_domain = corpus.cache->sequence_samples()[sequence] < domain_samples;
    if (is_domain) counts.domain_sequences.push_back(sequence);
    Counts& counted = is_domain ? counts.domain : counts.others;
    for (const int32_t id : sequences[sequence]) counted.at(static_cast<size_t>(id)) += 1;
  }
  return counts;
}

absl::StatusOr<Counts> ExpectedOf(const PreparedCorpus& corpus,
                                  const Hyperparameters& hyperparameters,
                                  std::span<const uint64_t> sequences, TrainingSession& session,
                                  const StopSignal& stop) {
  std::vector<uint64_t> examined =
      EpochOrder(sequences, static_cast<uint64_t>(hyperparameters.seed), 0);
  examined.resize(std::min(examined.size(), kMostExamined));
  Counts expected;
  for (size_t i = 0; i < examined.size(); i += kExaminedAtOnce) {
    if (stop.requested()) {
      return CancelledError("STOPPED_WHILE_WEIGHING_TOKENS",
                            "stopped while the tokens of the domain were looked for");
    }
    const PackedBatch batch =
        MakeBatch(corpus.sequences(),
                  std::span(examined).subspan(i, std::min(kExaminedAtOnce, examined.size() - i)),
                  corpus.special(), TrainingMasking(hyperparameters, corpus, /*epoch=*/0));
    if (batch.masked_count() == 0) continue;  // words that the vocabulary does not know alone
    const Counts counts = session.ExpectedCounts(batch);
    expected.resize(std::max(expected.size(), counts.size()));
    for (size_t id = 0; id < counts.size(); ++id) expected[id] += counts[id];
  }
  return expected;
}

}  // namespace

absl::StatusOr<DomainTokens> FindDomainTokens(const PreparedCorpus& corpus,
                                              const Hyperparameters& hyperparameters,
                                              int64_t vocab_size, GeneratorIs generator,
                                              TrainingSession& session, const StopSignal& stop) {
  TokensByCorpus counts = CountTokens(corpus, vocab_size);
  const bool has_others = std::any_of(counts.others.begin(), counts.others.end(),
                                      [](double count) { return count > 0; });
  Counts base = std::move(counts.others);
  if (!has_others) {
    if (generator == GeneratorIs::kNew) {
      return Error(absl::StatusCode::kInvalidArgument, NothingToWeighBy());
    }
    ASSIGN_OR_RETURN(base,
                     ExpectedOf(corpus, hyperparameters, counts.domain_sequences, session, stop));
  }
  // [UNK] is not a word of the domain.
  counts.domain[static_cast<size_t>(corpus.special().unk)] = 0;
  DomainTokens tokens;
  tokens.weights = DomainTokenWeights(counts.domain, base, static_cast<size_t>(vocab_size));
  tokens.favoured = std::count_if(tokens.weights.begin(), tokens.weights.end(),
                                  [](float weight) { return weight > 1; });
  return tokens;
}

}  // namespace electra

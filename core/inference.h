// A trained pair at work on sentences: what its generator fakes, what its discriminator thinks of
// it or of a sentence as it stands, and embeddings. Free of libtorch, gRPC and SQLite.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<InferencePair> pair, LoadInferencePair(checkpoint_dir));
//   ASSIGN_OR_RETURN(std::vector<Judgement> judgements, pair->Judge(texts));
//
// Computes on the CPU in float32. Results follow from the arguments alone, and nothing that trains
// meanwhile is changed by it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/probe/sample.h"
#include "core/settings/hyperparameters.h"

namespace electra {

struct Judgement {
  SampleReport sample;     // step, epoch, probe and losses are 0
  bool truncated = false;  // the text has more tokens than the pair has positions; the rest is out
};

// One number for a text out of those for its tokens. kMean: of all tokens, [CLS] and [SEP] too, as
// sentence-transformers has it. kCls: the first token's.
enum class Pooling { kMean, kCls };

struct TextEmbeddings {
  int64_t size = 0;           // of each
  std::vector<float> values;  // [texts, size], row-major
  std::vector<bool> truncated;
};

// Not thread-safe. ResourceExhausted: memory ran out.
class InferencePair {
 public:
  virtual ~InferencePair() = default;

  // The generator fills masks that are chosen as in training (mlm_probability, mask_unit,
  // replace_prob, temperature, ...; `hyperparameters.seed` decides masks and fakes), then the
  // discriminator judges. FailedPrecondition: the pair has no generator, or its discriminator no
  // trained head.
  virtual absl::StatusOr<std::vector<Judgement>> Fake(std::span<const std::string> texts,
                                                      const Hyperparameters& hyperparameters) = 0;

  // The discriminator judges the texts as they stand. FailedPrecondition: it has no trained head.
  virtual absl::StatusOr<std::vector<Judgement>> Judge(std::span<const std::string> texts) = 0;

  // Of the discriminator's last hidden states.
  virtual absl::StatusOr<TextEmbeddings> Embed(std::span<const std::string> texts,
                                               Pooling pooling) = 0;

  // What it holds in memory.
  virtual int64_t size_bytes() const = 0;
};

// Reads `directory`/discriminator and, where it is there, `directory`/generator: a checkpoint or an
// imported model. NotFound: no such directory. FailedPrecondition: it has no vocabulary.
// ResourceExhausted: memory ran out. Else what LoadPretrainedPair says.
absl::StatusOr<std::unique_ptr<InferencePair>> LoadInferencePair(
    const std::filesystem::path& directory);

}  // namespace electra

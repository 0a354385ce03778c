// A trained pair applied to sentences: fakes of its generator, judgements of its discriminator on
// them or on an unchanged sentence, and embeddings. Free of libtorch, gRPC and SQLite.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<InferencePair> pair, LoadInferencePair(dir, "cpu"));
//   ASSIGN_OR_RETURN(std::vector<Judgement> judgements, pair->Judge(texts));
//
// Computes in float32. Results follow from the arguments alone, and training that runs meanwhile is
// not changed; on a card none may run on any card of this process.
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
  bool truncated = false;  // the text has more tokens than the pair has positions
};

// How a text's vector follows from its tokens' vectors. kMean: the mean over all tokens, [CLS] and
// [SEP] included, as in sentence-transformers. kCls: the first token's.
enum class Pooling { kMean, kCls };

struct TextEmbeddings {
  int64_t size = 0;           // of each vector
  std::vector<float> values;  // [texts, size], row-major
  std::vector<bool> truncated;
};

// Not thread-safe. ResourceExhausted: memory ran out. IsDeviceLost (core/base/device_lost.h): the
// process must end.
class InferencePair {
 public:
  virtual ~InferencePair() = default;

  // The generator fills masks chosen as in training (mlm_probability, mask_unit,
  // replace_prob, temperature, ...; `hyperparameters.seed` decides masks and fakes), then the
  // discriminator judges. FailedPrecondition: the pair has no generator, or its discriminator no
  // trained head.
  virtual absl::StatusOr<std::vector<Judgement>> Fake(std::span<const std::string> texts,
                                                      const Hyperparameters& hyperparameters) = 0;

  // The discriminator judges the texts as they are. FailedPrecondition: it has no trained head.
  virtual absl::StatusOr<std::vector<Judgement>> Judge(std::span<const std::string> texts) = 0;

  // Pools the discriminator's last hidden states.
  virtual absl::StatusOr<TextEmbeddings> Embed(std::span<const std::string> texts,
                                               Pooling pooling) = 0;

  // Memory that the pair takes.
  virtual int64_t size_bytes() const = 0;
};

// Reads `directory`/discriminator and, where it is there, `directory`/generator: a checkpoint or an
// imported model. NotFound: no such directory. FailedPrecondition: it has no vocabulary.
// ResourceExhausted: memory ran out. Otherwise the errors of LoadPretrainedPair. `device`: cpu,
// cuda:N; a card is tried with a short text, so that a pair that cannot compute there is reported
// here.
absl::StatusOr<std::unique_ptr<InferencePair>> LoadInferencePair(
    const std::filesystem::path& directory, const std::string& device);

}  // namespace electra

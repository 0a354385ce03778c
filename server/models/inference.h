// Texts that a job's checkpoint or an imported model reads: fakes, judgements, embeddings.
//
// The pair comes from the cache, whose thread is the only one that may call these functions. All
// take `name` and `step` as FindModelSource (source.h) does, and refuse presets, which have no
// weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/inference.h"
#include "core/trainer.h"
#include "server/base/data_dir.h"
#include "server/models/inference_cache.h"
#include "server/store/database.h"

namespace electra::server {

// All outlive every call.
struct InferenceContext {
  Database& database;
  const DataDir& data_dir;
  InferenceCache& cache;
};

// The texts to read, and with which weights.
struct InferenceTask {
  std::string name;
  int64_t step = 0;
  std::vector<std::string> texts;
};

struct Judgements {
  std::vector<Judgement> texts;
  int64_t step = 0;  // of the checkpoint
};

// Fakes with the settings of the job's training; of an imported model, with the defaults.
absl::StatusOr<Judgements> FakeTexts(const InferenceContext& context, const InferenceTask& task,
                                     int64_t seed);

absl::StatusOr<Judgements> JudgeTexts(const InferenceContext& context, const InferenceTask& task);

struct Embeddings {
  TextEmbeddings texts;
  int64_t step = 0;  // of the checkpoint
};
absl::StatusOr<Embeddings> EmbedTexts(const InferenceContext& context, const InferenceTask& task,
                                      Pooling pooling);

// Frees all models that no job trains with, also the cache's pair. From any thread.
UnloadReport UnloadModels(Trainer& trainer, InferenceCache& cache);

}  // namespace electra::server

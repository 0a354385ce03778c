#include "server/models/inference.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/settings/hyperparameter_table.h"
#include "core/shape/presets.h"
#include "server/base/log.h"
#include "server/models/source.h"

namespace electra::server {
namespace {

struct LoadedSource {
  ModelSource source;
  std::shared_ptr<InferencePair> pair;
};

absl::StatusOr<LoadedSource> Load(const InferenceContext& context, const InferenceTask& task) {
  constexpr std::string_view kModels = "models/";
  const std::string& name = task.name;
  if (name.starts_with(kModels) && FindModelPreset(name.substr(kModels.size())) != nullptr) {
    return FailedPreconditionError(
        "PRESET_WITHOUT_WEIGHTS",
        "{model} is a preset, which has no weights: name a job or an imported model", name);
  }
  for (int attempt = 1;; ++attempt) {
    LoadedSource loaded;
    ASSIGN_OR_RETURN(loaded.source,
                     FindModelSource(context.database, context.data_dir, name, task.step));
    absl::StatusOr<std::shared_ptr<InferencePair>> pair = context.cache.Get(loaded.source.folder);
    if (pair.ok()) {
      loaded.pair = *std::move(pair);
      return loaded;
    }
    // A job that trains may just have removed this checkpoint for a newer one.
    if (!absl::IsNotFound(pair.status()) || attempt == 2) return pair.status();
  }
}

// What `read` makes of a task's texts with the pair that it names, and the step of its checkpoint.
template <typename Result, typename Read>
absl::StatusOr<Result> ReadTexts(const InferenceContext& context, const InferenceTask& task,
                                 Read read) {
  ASSIGN_OR_RETURN(const LoadedSource loaded, Load(context, task));
  auto texts = read(*loaded.pair, loaded.source);
  context.cache.TellIfLost(texts.status());
  RETURN_IF_ERROR(texts.status());
  return Result{.texts = *std::move(texts), .step = loaded.source.step};
}

}  // namespace

absl::StatusOr<Judgements> FakeTexts(const InferenceContext& context, const InferenceTask& task,
                                     int64_t seed) {
  return ReadTexts<Judgements>(context, task, [&](InferencePair& pair, const ModelSource& source) {
    Hyperparameters hyperparameters;
    if (source.job) hyperparameters = ParseHyperparameters(source.job->hyperparameters).values;
    hyperparameters.seed = seed;
    return pair.Fake(task.texts, hyperparameters);
  });
}

absl::StatusOr<Judgements> JudgeTexts(const InferenceContext& context, const InferenceTask& task) {
  return ReadTexts<Judgements>(context, task, [&](InferencePair& pair, const ModelSource&) {
    return pair.Judge(task.texts);
  });
}

absl::StatusOr<Embeddings> EmbedTexts(const InferenceContext& context, const InferenceTask& task,
                                      Pooling pooling) {
  return ReadTexts<Embeddings>(context, task, [&](InferencePair& pair, const ModelSource&) {
    return pair.Embed(task.texts, pooling);
  });
}

UnloadReport UnloadModels(Trainer& trainer, InferenceCache& cache) {
  UnloadReport report = trainer.Unload();
  if (cache.Drop()) ++report.models;
  Log(LogLevel::kInfo, "models_unloaded",
      {{"models", absl::StrCat(report.models)}, {"bytes", absl::StrCat(report.bytes)}});
  return report;
}

}  // namespace electra::server

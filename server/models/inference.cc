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

}  // namespace

absl::StatusOr<Judgements> FakeTexts(const InferenceContext& context, const InferenceTask& task,
                                     int64_t seed) {
  ASSIGN_OR_RETURN(const LoadedSource loaded, Load(context, task));
  Hyperparameters hyperparameters;
  if (loaded.source.job) {
    hyperparameters = ParseHyperparameters(loaded.source.job->hyperparameters).values;
  }
  hyperparameters.seed = seed;
  ASSIGN_OR_RETURN(std::vector<Judgement> judgements,
                   loaded.pair->Fake(task.texts, hyperparameters));
  return Judgements{.texts = std::move(judgements), .step = loaded.source.step};
}

absl::StatusOr<Judgements> JudgeTexts(const InferenceContext& context, const InferenceTask& task) {
  ASSIGN_OR_RETURN(const LoadedSource loaded, Load(context, task));
  ASSIGN_OR_RETURN(std::vector<Judgement> judgements, loaded.pair->Judge(task.texts));
  return Judgements{.texts = std::move(judgements), .step = loaded.source.step};
}

absl::StatusOr<Embeddings> EmbedTexts(const InferenceContext& context, const InferenceTask& task,
                                      Pooling pooling) {
  ASSIGN_OR_RETURN(const LoadedSource loaded, Load(context, task));
  ASSIGN_OR_RETURN(TextEmbeddings embeddings, loaded.pair->Embed(task.texts, pooling));
  return Embeddings{.texts = std::move(embeddings), .step = loaded.source.step};
}

UnloadReport UnloadModels(Trainer& trainer, InferenceCache& cache) {
  UnloadReport report = trainer.Unload();
  if (cache.Drop()) ++report.models;
  Log(LogLevel::kInfo, "models_unloaded",
      {{"models", absl::StrCat(report.models)}, {"bytes", absl::StrCat(report.bytes)}});
  return report;
}

}  // namespace electra::server

#include "server/services/inference_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/inference.h"
#include "core/settings/hyperparameter_table.h"
#include "core/shape/presets.h"
#include "server/jobs/report_messages.h"
#include "server/models/source.h"

namespace electra::server {
namespace {

// So that an answer stays well below gRPC's limit of a message.
constexpr int kMostJudgedTexts = 64;
constexpr int kMostEmbeddedTexts = 256;
constexpr size_t kMostBytes = 16384;  // of a text

using Texts = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<std::vector<std::string>> CheckTexts(const Texts& texts, int most) {
  if (texts.empty()) return absl::InvalidArgumentError("texts is empty: send one at least");
  if (texts.size() > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("texts are ", texts.size(), ": send at most ", most, " at once"));
  }
  for (int i = 0; i < texts.size(); ++i) {
    if (texts[i].size() <= kMostBytes) continue;
    return absl::InvalidArgumentError(absl::StrCat("text ", i + 1, " has ", texts[i].size(),
                                                   " bytes: at most ", kMostBytes, " are taken"));
  }
  return std::vector<std::string>(texts.begin(), texts.end());
}

struct LoadedSource {
  ModelSource source;
  std::shared_ptr<InferencePair> pair;
};

absl::StatusOr<LoadedSource> Load(Database& database, const DataDir& data_dir,
                                  InferenceCache& cache, const std::string& name, int64_t step) {
  constexpr std::string_view kModels = "models/";
  if (name.starts_with(kModels) && FindModelPreset(name.substr(kModels.size())) != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " is a preset, which has no weights: name a job or an imported model"));
  }
  for (int attempt = 1;; ++attempt) {
    LoadedSource loaded;
    ASSIGN_OR_RETURN(loaded.source, FindModelSource(database, data_dir, name, step));
    absl::StatusOr<std::shared_ptr<InferencePair>> pair = cache.Get(loaded.source.folder);
    if (pair.ok()) {
      loaded.pair = *std::move(pair);
      return loaded;
    }
    // A job that trains may just have removed this checkpoint for a newer one.
    if (!absl::IsNotFound(pair.status()) || attempt == 2) return pair.status();
  }
}

// Into the response of FakeText or of JudgeText.
template <typename Response>
void FillJudgements(const std::vector<Judgement>& judgements, int64_t step, Response* response) {
  for (const Judgement& judgement : judgements) {
    v1::JudgedText* text = response->add_texts();
    *text->mutable_sample() = ToProto(judgement.sample);
    text->mutable_sample()->set_step(step);
    text->set_truncated(judgement.truncated);
  }
  response->set_step(step);
}

}  // namespace

// The texts of a request, checked, and the pair that is to read them.
struct InferenceService::Task {
  std::vector<std::string> texts;
  ModelSource source;
  std::shared_ptr<InferencePair> pair;
};

template <typename Request>
absl::StatusOr<InferenceService::Task> InferenceService::Begin(
    const grpc::CallbackServerContext& context, const Request& request, int most_texts) const {
  if (context.IsCancelled()) return absl::CancelledError("the client is gone");
  ASSIGN_OR_RETURN(std::vector<std::string> texts, CheckTexts(request.texts(), most_texts));
  ASSIGN_OR_RETURN(LoadedSource loaded,
                   Load(database_, data_dir_, cache_, request.name(), request.step()));
  return Task{.texts = std::move(texts),
              .source = std::move(loaded.source),
              .pair = std::move(loaded.pair)};
}

grpc::ServerUnaryReactor* InferenceService::FakeText(grpc::CallbackServerContext* context,
                                                     const v1::FakeTextRequest* request,
                                                     v1::FakeTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const Task task, Begin(*context, *request, kMostJudgedTexts));
    Hyperparameters hyperparameters;
    if (task.source.job) {
      hyperparameters = ParseHyperparameters(task.source.job->hyperparameters).values;
    }
    hyperparameters.seed = request->seed();
    ASSIGN_OR_RETURN(const std::vector<Judgement> judgements,
                     task.pair->Fake(task.texts, hyperparameters));
    FillJudgements(judgements, task.source.step, response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::JudgeText(grpc::CallbackServerContext* context,
                                                      const v1::JudgeTextRequest* request,
                                                      v1::JudgeTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const Task task, Begin(*context, *request, kMostJudgedTexts));
    ASSIGN_OR_RETURN(const std::vector<Judgement> judgements, task.pair->Judge(task.texts));
    FillJudgements(judgements, task.source.step, response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::EmbedText(grpc::CallbackServerContext* context,
                                                      const v1::EmbedTextRequest* request,
                                                      v1::EmbedTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    if (!v1::Pooling_IsValid(request->pooling())) {
      return absl::InvalidArgumentError("pooling is none of MEAN and CLS");
    }
    const Pooling pooling = request->pooling() == v1::CLS ? Pooling::kCls : Pooling::kMean;
    ASSIGN_OR_RETURN(const Task task, Begin(*context, *request, kMostEmbeddedTexts));
    ASSIGN_OR_RETURN(const TextEmbeddings embeddings, task.pair->Embed(task.texts, pooling));
    const auto size = static_cast<size_t>(embeddings.size);
    for (size_t i = 0; i < task.texts.size(); ++i) {
      v1::TextEmbedding* embedding = response->add_embeddings();
      const float* values = &embeddings.values[i * size];
      embedding->mutable_values()->Add(values, values + size);
      embedding->set_truncated(embeddings.truncated[i]);
    }
    response->set_step(task.source.step);
    return absl::OkStatus();
  });
}

}  // namespace electra::server

#include "server/services/inference_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/inference.h"
#include "core/model/presets.h"
#include "core/train/hyperparameter_table.h"
#include "server/convert.h"
#include "server/model_source.h"

namespace electra {
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

void FillTexts(const std::vector<Judgement>& judgements,
               google::protobuf::RepeatedPtrField<v1::JudgedText>* texts, int64_t step) {
  for (const Judgement& judgement : judgements) {
    v1::JudgedText* text = texts->Add();
    *text->mutable_sample() = ToProto(judgement.sample);
    text->mutable_sample()->set_step(step);
    text->set_truncated(judgement.truncated);
  }
}

absl::Status ClientIsGone() { return absl::CancelledError("the client is gone"); }

}  // namespace

grpc::ServerUnaryReactor* InferenceService::FakeText(grpc::CallbackServerContext* context,
                                                     const v1::FakeTextRequest* request,
                                                     v1::FakeTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    if (context->IsCancelled()) return ClientIsGone();
    ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                     CheckTexts(request->texts(), kMostJudgedTexts));
    ASSIGN_OR_RETURN(const LoadedSource loaded,
                     Load(database_, data_dir_, cache_, request->name(), request->step()));
    Hyperparameters hyperparameters;
    if (loaded.source.job) {
      hyperparameters = ParseHyperparameters(loaded.source.job->hyperparameters).values;
    }
    hyperparameters.seed = request->seed();
    ASSIGN_OR_RETURN(const std::vector<Judgement> judgements,
                     loaded.pair->Fake(texts, hyperparameters));
    FillTexts(judgements, response->mutable_texts(), loaded.source.step);
    response->set_step(loaded.source.step);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::JudgeText(grpc::CallbackServerContext* context,
                                                      const v1::JudgeTextRequest* request,
                                                      v1::JudgeTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    if (context->IsCancelled()) return ClientIsGone();
    ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                     CheckTexts(request->texts(), kMostJudgedTexts));
    ASSIGN_OR_RETURN(const LoadedSource loaded,
                     Load(database_, data_dir_, cache_, request->name(), request->step()));
    ASSIGN_OR_RETURN(const std::vector<Judgement> judgements, loaded.pair->Judge(texts));
    FillTexts(judgements, response->mutable_texts(), loaded.source.step);
    response->set_step(loaded.source.step);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::EmbedText(grpc::CallbackServerContext* context,
                                                      const v1::EmbedTextRequest* request,
                                                      v1::EmbedTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    if (context->IsCancelled()) return ClientIsGone();
    ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                     CheckTexts(request->texts(), kMostEmbeddedTexts));
    if (!v1::Pooling_IsValid(request->pooling())) {
      return absl::InvalidArgumentError("pooling is none of MEAN and CLS");
    }
    const Pooling pooling = request->pooling() == v1::CLS ? Pooling::kCls : Pooling::kMean;
    ASSIGN_OR_RETURN(const LoadedSource loaded,
                     Load(database_, data_dir_, cache_, request->name(), request->step()));
    ASSIGN_OR_RETURN(const TextEmbeddings embeddings, loaded.pair->Embed(texts, pooling));
    const auto size = static_cast<size_t>(embeddings.size);
    for (size_t i = 0; i < texts.size(); ++i) {
      v1::TextEmbedding* embedding = response->add_embeddings();
      const float* values = &embeddings.values[i * size];
      embedding->mutable_values()->Add(values, values + size);
      embedding->set_truncated(embeddings.truncated[i]);
    }
    response->set_step(loaded.source.step);
    return absl::OkStatus();
  });
}

}  // namespace electra

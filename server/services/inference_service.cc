#include "server/services/inference_service.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/errors.h"
#include "server/jobs/report_messages.h"

namespace electra::server {
namespace {

// So that an answer stays well below gRPC's limit of a message.
constexpr int kMostJudgedTexts = 64;
constexpr int kMostEmbeddedTexts = 256;
constexpr size_t kMostBytes = 16384;  // of a text

using Texts = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<std::vector<std::string>> CheckTexts(const Texts& texts, int most) {
  if (texts.empty()) {
    return InvalidArgumentError("NO_TEXTS", "texts is empty: send at least one");
  }
  if (texts.size() > most) {
    return InvalidArgumentError("TOO_MANY_TEXTS", "texts are {texts}: send at most {limit} at once",
                                texts.size(), most);
  }
  for (int i = 0; i < texts.size(); ++i) {
    if (texts[i].size() <= kMostBytes) continue;
    return Error(
        absl::StatusCode::kInvalidArgument,
        TooManyBytes(Message("TEXT", "text {number}", i + 1), texts[i].size(), kMostBytes));
  }
  return std::vector<std::string>(texts.begin(), texts.end());
}

// Into the response of FakeText or of JudgeText.
template <typename Response>
void FillJudgements(const Judgements& judgements, Response* response) {
  for (const Judgement& judgement : judgements.texts) {
    v1::JudgedText* text = response->add_texts();
    *text->mutable_sample() = server::ToProto(judgement.sample);
    text->mutable_sample()->set_step(judgements.step);
    text->set_truncated(judgement.truncated);
  }
  response->set_step(judgements.step);
}

// The request's task, checked.
template <typename Request>
absl::StatusOr<InferenceTask> TaskOf(const Request& request, int most_texts) {
  ASSIGN_OR_RETURN(std::vector<std::string> texts, CheckTexts(request.texts(), most_texts));
  return InferenceTask{.name = request.name(), .step = request.step(), .texts = std::move(texts)};
}

}  // namespace

grpc::ServerUnaryReactor* InferenceService::FakeText(grpc::CallbackServerContext* context,
                                                     const v1::FakeTextRequest* request,
                                                     v1::FakeTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const InferenceTask task, TaskOf(*request, kMostJudgedTexts));
    ASSIGN_OR_RETURN(const Judgements judgements, FakeTexts(context_, task, request->seed()));
    FillJudgements(judgements, response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::JudgeText(grpc::CallbackServerContext* context,
                                                      const v1::JudgeTextRequest* request,
                                                      v1::JudgeTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const InferenceTask task, TaskOf(*request, kMostJudgedTexts));
    ASSIGN_OR_RETURN(const Judgements judgements, JudgeTexts(context_, task));
    FillJudgements(judgements, response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::EmbedText(grpc::CallbackServerContext* context,
                                                      const v1::EmbedTextRequest* request,
                                                      v1::EmbedTextResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    if (!v1::Pooling_IsValid(request->pooling())) {
      return InvalidArgumentError("UNKNOWN_POOLING", "pooling is not MEAN or CLS");
    }
    const Pooling pooling = request->pooling() == v1::CLS ? Pooling::kCls : Pooling::kMean;
    ASSIGN_OR_RETURN(const InferenceTask task, TaskOf(*request, kMostEmbeddedTexts));
    ASSIGN_OR_RETURN(const Embeddings embeddings, EmbedTexts(context_, task, pooling));
    const auto size = static_cast<size_t>(embeddings.texts.size);
    for (size_t i = 0; i < task.texts.size(); ++i) {
      v1::TextEmbedding* embedding = response->add_embeddings();
      const float* values = &embeddings.texts.values[i * size];
      embedding->mutable_values()->Add(values, values + size);
      embedding->set_truncated(embeddings.texts.truncated[i]);
    }
    response->set_step(embeddings.step);
    return absl::OkStatus();
  });
}

}  // namespace electra::server

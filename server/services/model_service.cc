#include "server/services/model_service.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/hub/config_json.h"
#include "core/shape/presets.h"
#include "server/base/clock.h"
#include "server/base/message_code.h"
#include "server/base/resource_names.h"
#include "server/hub/model_fetch.h"
#include "server/models/catalogue.h"
#include "server/models/import.h"
#include "server/rpc/receiving_stream.h"
#include "server/services/download_stream.h"
#include "server/services/fetch_stream.h"
#include "server/store/models.h"

namespace electra::server {
namespace {

constexpr PageLimits kModelPages = {.default_size = 50, .max_size = 1000};

void FillShape(const ElectraConfig& config, v1::NetworkShape* shape) {
  shape->set_embedding_size(config.embedding_size);
  shape->set_hidden_size(config.hidden_size);
  shape->set_num_hidden_layers(config.num_hidden_layers);
  shape->set_num_attention_heads(config.num_attention_heads);
  shape->set_intermediate_size(config.intermediate_size);
  shape->set_max_position_embeddings(config.max_position_embeddings);
}

void Describe(const Message& description, v1::Model* model) {
  model->set_description(description.text());
  *model->mutable_description_code() = server::ToProto(description);
}

v1::Model ToProto(const ModelPreset& preset) {
  v1::Model model;
  model.set_name(absl::StrCat("models/", std::string(preset.name)));
  model.set_description(std::string(preset.description));
  FillShape(preset.config.generator, model.mutable_generator());
  FillShape(preset.config.discriminator, model.mutable_discriminator());
  model.set_parameter_count(ParameterCount(preset.config));
  model.set_vocab_size(preset.config.generator.vocab_size);
  model.set_learning_rate(preset.learning_rate);
  return model;
}

absl::StatusOr<v1::Model> ToProto(const ModelRow& row) {
  v1::Model model;
  model.set_name(absl::StrCat("models/", row.name));
  ASSIGN_OR_RETURN(const ElectraConfig discriminator,
                   ParseConfigJson(row.discriminator_config, row.name));
  FillShape(discriminator, model.mutable_discriminator());
  model.set_vocab_size(discriminator.vocab_size);
  model.set_learning_rate(AdaptationLearningRate(discriminator));
  if (row.generator_config.empty()) {
    Describe(Message("IMPORTED_WITHOUT_GENERATOR", "imported, without a generator"), &model);
  } else {
    Describe(Message("IMPORTED", "imported"), &model);
    ASSIGN_OR_RETURN(const ElectraConfig generator,
                     ParseConfigJson(row.generator_config, row.name));
    FillShape(generator, model.mutable_generator());
    model.set_parameter_count(
        ParameterCount({.generator = generator, .discriminator = discriminator}));
  }
  model.set_sha256(row.sha256);
  model.set_size_bytes(row.size_bytes);
  *model.mutable_create_time() = ToTimestamp(row.created_at);
  for (const Message& note : row.notes) {
    model.add_notes(note.text());
    *model.add_note_codes() = server::ToProto(note);
  }
  for (absl::string_view source : absl::StrSplit(row.sources, ' ', absl::SkipEmpty())) {
    model.add_sources(std::string(source));
  }
  return model;
}

}  // namespace

grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context,
                                                   const v1::ListModelsRequest* request,
                                                   v1::ListModelsResponse* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const Page page,
                     ParsePage(request->page_size(), request->page_token(), kModelPages, "models"));
    ASSIGN_OR_RETURN(const ModelPage models, ReadModelPage(database_, page));
    for (const ModelPreset& preset : models.presets) *response->add_models() = ToProto(preset);
    for (const ModelRow& row : models.imported.rows) {
      ASSIGN_OR_RETURN(*response->add_models(), ToProto(row));
    }
    const int64_t next = models.imported.next;
    if (next != 0) response->set_next_page_token(NextPageToken("models", next));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::GetModel(grpc::CallbackServerContext* context,
                                                 const v1::GetModelRequest* request,
                                                 v1::Model* response) {
  return RunUnary(calls_, context, request, response, [=, this]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request->name(), "models"));
    if (const ModelPreset* preset = FindModelPreset(name)) {
      *response = ToProto(*preset);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const ModelRow row, ReadModel(database_, name));
    ASSIGN_OR_RETURN(*response, ToProto(row));
    return absl::OkStatus();
  });
}

grpc::ServerReadReactor<v1::ImportModelRequest>* ModelService::ImportModel(
    grpc::CallbackServerContext* context, v1::Model* response) {
  return ReceiveStream<v1::ImportModelRequest, ModelImport>(
      calls_, context, response,
      [=, this](const Caller& caller) {
        return std::make_unique<ModelImport>(caller, database_, data_dir_, upload_room_,
                                             trusted_folders_,
                                             [context] { return context->IsCancelled(); });
      },
      [](ModelImport& import, v1::Model* model) -> absl::Status {
        ASSIGN_OR_RETURN(const ModelRow row, import.Store());
        ASSIGN_OR_RETURN(*model, ToProto(row));
        return absl::OkStatus();
      });
}

grpc::ServerWriteReactor<v1::FetchModelResponse>* ModelService::FetchModel(
    grpc::CallbackServerContext* context, const v1::FetchModelRequest* request) {
  absl::StatusOr<StreamPermit> permit =
      calls_.AdmitStream(*context, *v1::FetchModelRequest::descriptor());
  if (!permit.ok()) {
    return Refuse<grpc::ServerWriteReactor<v1::FetchModelResponse>>(permit.status());
  }
  const FetchContext fetch{.database = database_,
                           .data_dir = data_dir_,
                           .room = upload_room_,
                           .hub = hub_,
                           .downloads = shared_downloads_};
  return StartFetchStream(
      calls_, fetches_, *std::move(permit), *context, *request,
      [fetch, request = *request](const Caller& caller, const FetchObserver& observer,
                                  v1::Model* model) -> absl::Status {
        ASSIGN_OR_RETURN(const ModelRow row, server::FetchModel(fetch, caller, request, observer));
        ASSIGN_OR_RETURN(*model, ToProto(row));
        return absl::OkStatus();
      });
}

grpc::ServerWriteReactor<v1::DownloadModelResponse>* ModelService::DownloadModel(
    grpc::CallbackServerContext* context, const v1::DownloadModelRequest* request) {
  absl::StatusOr<StreamPermit> permit =
      calls_.AdmitStream(*context, *v1::DownloadModelRequest::descriptor());
  if (!permit.ok()) {
    return Refuse<grpc::ServerWriteReactor<v1::DownloadModelResponse>>(permit.status());
  }
  std::shared_ptr<const void> slot = downloads_.Take(permit->caller().token);
  if (slot == nullptr) {
    return Refuse<grpc::ServerWriteReactor<v1::DownloadModelResponse>>(ResourceExhaustedError(
        "DOWNLOAD_LIMIT", "at most {limit} downloads are served at once: end another first",
        downloads_.most()));
  }
  return StartDownloadStream(calls_, *std::move(permit), std::move(slot), database_, data_dir_,
                             *request);
}

grpc::ServerUnaryReactor* ModelService::DeleteModel(grpc::CallbackServerContext* context,
                                                    const v1::DeleteModelRequest* request,
                                                    google::protobuf::Empty* response) {
  return RunUnary(
      calls_, context, request, response,
      [=, this](const Caller& caller) -> absl::Status {
        ASSIGN_OR_RETURN(const std::string name, ParseResourceName(request->name(), "models"));
        return RemoveModel(database_, data_dir_, caller, name);
      },
      Length::kLong);
}

}  // namespace electra::server

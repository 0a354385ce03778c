#include "server/services/model_service.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/model/presets.h"

namespace electra {
namespace {

void FillShape(const ElectraConfig& config, v1::NetworkShape* shape) {
  shape->set_embedding_size(config.embedding_size);
  shape->set_hidden_size(config.hidden_size);
  shape->set_num_hidden_layers(config.num_hidden_layers);
  shape->set_num_attention_heads(config.num_attention_heads);
  shape->set_intermediate_size(config.intermediate_size);
  shape->set_max_position_embeddings(config.max_position_embeddings);
}

}  // namespace

// The presets fit on one page of any size that is asked for in practice: page_size is ignored.
grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context,
                                                   const v1::ListModelsRequest*,
                                                   v1::ListModelsResponse* response) {
  for (const ModelPreset& preset : ModelPresets()) {
    v1::Model* model = response->add_models();
    model->set_name(absl::StrCat("models/", std::string(preset.name)));
    model->set_description(std::string(preset.description));
    FillShape(preset.config.generator, model->mutable_generator());
    FillShape(preset.config.discriminator, model->mutable_discriminator());
    model->set_parameter_count(ParameterCount(preset.config));
    model->set_vocab_size(preset.config.generator.vocab_size);
    model->set_learning_rate(preset.learning_rate);
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace electra

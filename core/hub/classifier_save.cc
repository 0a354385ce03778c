#include "core/hub/classifier_save.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status_macros.h"
#include "core/hub/config_json.h"
#include "core/hub/safetensors_write.h"
#include "core/hub/tokenizer_files_write.h"

namespace electra {

std::string ClassifierConfigJson(const ElectraConfig& config, std::span<const std::string> labels) {
  nlohmann::json root =
      nlohmann::json::parse(ConfigJson(config, Role::kDiscriminator, DType::kFloat32));
  root["architectures"] = nlohmann::json::array({"ElectraForSequenceClassification"});
  root["problem_type"] = "single_label_classification";
  nlohmann::json& names = root["id2label"] = nlohmann::json::object();
  nlohmann::json& ids = root["label2id"] = nlohmann::json::object();
  for (size_t i = 0; i < labels.size(); ++i) {
    names[absl::StrCat(i)] = labels[i];
    ids[labels[i]] = i;
  }
  return root.dump(2) + "\n";
}

absl::Status SaveClassifier(const std::string& directory, const ClassifierContents& contents) {
  RETURN_IF_ERROR(WriteTextFile(absl::StrCat(directory, "/config.json"),
                                ClassifierConfigJson(contents.config, contents.labels)));
  RETURN_IF_ERROR(WriteSafetensors(absl::StrCat(directory, "/model.safetensors"), contents.tensors,
                                   {{"format", "pt"}}, {.convert_float_to = DType::kFloat32}));
  RETURN_IF_ERROR(WriteTokenizerFiles(directory, contents.vocabulary, contents.tokenizer,
                                      contents.config.max_position_embeddings));
  return SyncDirectory(directory);
}

}  // namespace electra

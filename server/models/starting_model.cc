#include "server/models/starting_model.h"

#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/loop/pretrained_state.h"
#include "core/text/vocabulary.h"
#include "server/base/resource_names.h"
#include "server/store/models.h"

namespace electra::server {
namespace {

const char* Word(bool value) { return value ? "true" : "false"; }

void CheckVocabulary(const StartingModel& model, const std::string& vocabulary,
                     std::vector<FieldViolation>* violations) {
  if (model.pretrained->tokenizer) {
    if (vocabulary.empty()) return;
    violations->push_back({"vocabulary", absl::StrCat("model ", model.name,
                                                      " has its own vocabulary, to whose ids its "
                                                      "embeddings belong: leave --vocab out")});
    return;
  }
  if (vocabulary.empty()) {
    violations->push_back(
        {"vocabulary", absl::StrCat("model ", model.name,
                                    " came without a vocabulary: give the one that it was trained "
                                    "with by --vocab")});
    return;
  }
  const absl::StatusOr<Vocabulary> parsed = Vocabulary::Parse(vocabulary, "vocab.txt");
  const int64_t rows = model.pretrained->discriminator.config.vocab_size;
  if (!parsed.ok()) {
    violations->push_back({"vocabulary", std::string(parsed.status().message())});
  } else if (parsed->size() > rows) {
    violations->push_back(
        {"vocabulary", absl::StrCat("the vocabulary has ", parsed->size(), " tokens, but model ",
                                    model.name, " has only ", rows, " embeddings")});
  }
}

void ApplyMaxLength(const StartingModel& model, ParsedHyperparameters* parsed,
                    std::vector<FieldViolation>* violations) {
  const int64_t most = MaxPositions(*model.pretrained);
  int64_t& max_length = parsed->values.max_length;
  if (max_length <= most) return;
  if (parsed->given.contains("max_length")) {
    violations->push_back({"hyperparameters.max_length",
                           absl::StrCat("max_length is ", max_length, ", but model ", model.name,
                                        " has positions for at most ", most,
                                        " tokens (max_position_embeddings): use a smaller one")});
  }
  max_length = most;
}

void CheckShapes(const Hyperparameters& values, const ModelConfig& config,
                 std::vector<FieldViolation>* violations) {
  for (const HyperparameterViolation& violation : CheckAgainstModel(values, config)) {
    violations->push_back(
        {absl::StrCat("hyperparameters.", violation.key), violation.problem.text()});
  }
}

}  // namespace

absl::StatusOr<StartingModel> FindStartingModel(Database& database, const DataDir& data_dir,
                                                const std::string& resource_name) {
  StartingModel model;
  ASSIGN_OR_RETURN(model.name, ParseResourceName(resource_name, "models"));
  model.preset = FindModelPreset(model.name);
  if (model.preset != nullptr) return model;
  std::string folder;
  RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(const ModelRow row, FindModel(reader, model.name));
    model.sha256 = row.sha256;
    folder = row.folder;
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(model.pretrained, LoadPretrainedPair(data_dir.model(folder).string()));
  return model;
}

void ApplyStartingModel(const StartingModel& model, const std::string& vocabulary,
                        ParsedHyperparameters* parsed, std::vector<FieldViolation>* violations) {
  Hyperparameters& values = parsed->values;
  if (model.preset != nullptr) {
    if (values.learning_rate == 0) values.learning_rate = model.preset->learning_rate;
    CheckShapes(values, model.preset->config, violations);
    return;
  }
  const ElectraConfig& config = model.pretrained->discriminator.config;
  if (values.learning_rate == 0) values.learning_rate = AdaptationLearningRate(config);
  if (!parsed->given.contains("hidden_dropout_prob")) {
    values.hidden_dropout_prob = config.hidden_dropout_prob;
  }
  if (!parsed->given.contains("attention_probs_dropout_prob")) {
    values.attention_probs_dropout_prob = config.attention_probs_dropout_prob;
  }
  CheckVocabulary(model, vocabulary, violations);
  if (model.pretrained->tokenizer) {
    // A job that says otherwise would be trained on other tokens than those that the model knows.
    ApplyTokenizer(model.pretrained->tokenizer->options,
                   absl::StrCat("model ", model.name, " was trained with"), parsed, violations);
  }
  ApplyMaxLength(model, parsed, violations);
  CheckShapes(values, PretrainedConfig(*model.pretrained, values), violations);
}

void ApplyTokenizer(const TokenizerOptions& tokenizer, const std::string& says,
                    ParsedHyperparameters* parsed, std::vector<FieldViolation>* violations) {
  const std::tuple<const char*, bool Hyperparameters::*, bool> options[] = {
      {"do_lower_case", &Hyperparameters::do_lower_case, tokenizer.do_lower_case},
      {"strip_accents", &Hyperparameters::strip_accents, tokenizer.StripsAccents()},
      {"tokenize_chinese_chars", &Hyperparameters::tokenize_chinese_chars,
       tokenizer.tokenize_chinese_chars},
  };
  for (const auto& [key, member, said] : options) {
    if (parsed->given.contains(key) && parsed->values.*member != said) {
      violations->push_back({absl::StrCat("hyperparameters.", key),
                             absl::StrCat(key, " is ", Word(parsed->values.*member), ", but ", says,
                                          " ", Word(said), ": leave it out")});
    }
    parsed->values.*member = said;
  }
}

}  // namespace electra::server

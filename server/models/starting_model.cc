#include "server/models/starting_model.h"

#include <string_view>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "core/loop/pretrained_state.h"
#include "core/text/vocabulary.h"
#include "server/base/resource_names.h"
#include "server/models/checkpoint_import.h"
#include "server/store/models.h"

namespace electra::server {
namespace {

const char* Word(bool value) { return value ? "true" : "false"; }

Message Decision(std::string_view model, std::string_view value) {
  if (model.empty()) return Message("TOKENIZER_JSON_SAYS", "tokenizer.json says {value}", value);
  return Message("MODEL_WAS_TRAINED_WITH", "model {model} was trained with {value}", model, value);
}

void CheckVocabulary(const StartingModel& model, const std::string& vocabulary,
                     std::vector<FieldViolation>* violations) {
  if (model.pretrained->tokenizer) {
    if (vocabulary.empty()) return;
    violations->push_back(
        {"vocabulary", Message("MODEL_HAS_VOCABULARY",
                               "model {model} has its own vocabulary, to whose ids its embeddings "
                               "belong: leave --vocab out",
                               model.name)});
    return;
  }
  if (vocabulary.empty()) {
    violations->push_back(
        {"vocabulary", Message("MODEL_NEEDS_VOCABULARY",
                               "model {model} came without a vocabulary: give the one that it was "
                               "trained with by --vocab",
                               model.name)});
    return;
  }
  const absl::StatusOr<Vocabulary> parsed = Vocabulary::Parse(vocabulary, "vocab.txt");
  const int64_t rows = model.pretrained->discriminator.config.vocab_size;
  if (!parsed.ok()) {
    violations->push_back({"vocabulary", MessageOf(parsed.status())});
  } else if (parsed->size() > rows) {
    violations->push_back(
        {"vocabulary", Message("VOCABULARY_TOO_LARGE",
                               "the vocabulary has {tokens} tokens, but model {model} has only "
                               "{embeddings} embeddings",
                               parsed->size(), model.name, rows)});
  }
}

void ApplyMaxLength(const StartingModel& model, ParsedHyperparameters* parsed,
                    std::vector<FieldViolation>* violations) {
  const int64_t most = MaxPositions(*model.pretrained);
  int64_t& max_length = parsed->values.max_length;
  if (max_length <= most) return;
  if (parsed->given.contains("max_length")) {
    violations->push_back(
        {"hyperparameters.max_length",
         Message("MAX_LENGTH_ABOVE_POSITIONS",
                 "max_length is {max_length}, but model {model} has positions for at most {limit} "
                 "tokens (max_position_embeddings): use a smaller one",
                 max_length, model.name, most)});
  }
  max_length = most;
}

void CheckShapes(const Hyperparameters& values, const ModelConfig& config,
                 std::vector<FieldViolation>* violations) {
  for (const HyperparameterViolation& violation : CheckAgainstModel(values, config)) {
    violations->push_back({absl::StrCat("hyperparameters.", violation.key), violation.problem});
  }
}

}  // namespace

std::string ResourceName(const StartingModel& model) {
  return model.checkpoint ? model.name : absl::StrCat("models/", model.name);
}

absl::StatusOr<StartingModel> FindStartingModel(Database& database, const DataDir& data_dir,
                                                const std::string& resource_name) {
  StartingModel model;
  if (resource_name.starts_with("jobs/")) {
    ASSIGN_OR_RETURN(model.checkpoint, FindCheckpoint(database, data_dir, resource_name));
    model.name = absl::StrCat("jobs/", model.checkpoint->job->name, "@", model.checkpoint->step);
    model.sources = CheckpointSources(*model.checkpoint);
    ASSIGN_OR_RETURN(model.pretrained, LoadPretrainedPair(model.checkpoint->folder.string()));
    return model;
  }
  ASSIGN_OR_RETURN(model.name, ParseResourceName(resource_name, "models"));
  model.preset = FindModelPreset(model.name);
  if (model.preset != nullptr) return model;
  std::string folder;
  RETURN_IF_ERROR(database.Read([&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(const ModelRow row, FindModel(reader, model.name));
    model.sha256 = row.sha256;
    model.sources = row.sources;
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
    if (values.vocab_extend > 0) {
      violations->push_back(
          {"hyperparameters.vocab_extend", MessageOf(NothingToExtend(model.name))});
    }
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
    // With another tokenizer, the job would train on tokens that the model does not know.
    ApplyTokenizer(model.pretrained->tokenizer->options, model.name, parsed, violations);
  }
  ApplyMaxLength(model, parsed, violations);
  CheckShapes(values, PretrainedConfig(*model.pretrained, values), violations);
}

void ApplyTokenizer(const TokenizerOptions& tokenizer, std::string_view model,
                    ParsedHyperparameters* parsed, std::vector<FieldViolation>* violations) {
  const std::tuple<const char*, bool Hyperparameters::*, bool> options[] = {
      {"do_lower_case", &Hyperparameters::do_lower_case, tokenizer.do_lower_case},
      {"strip_accents", &Hyperparameters::strip_accents, tokenizer.StripsAccents()},
      {"tokenize_chinese_chars", &Hyperparameters::tokenize_chinese_chars,
       tokenizer.tokenize_chinese_chars},
  };
  for (const auto& [key, member, said] : options) {
    if (parsed->given.contains(key) && parsed->values.*member != said) {
      violations->push_back(
          {absl::StrCat("hyperparameters.", key),
           Message("TOKENIZER_DECIDES", "{key} is {value}, but {decision}: leave it out", key,
                   Word(parsed->values.*member), Decision(model, Word(said)))});
    }
    parsed->values.*member = said;
  }
}

}  // namespace electra::server

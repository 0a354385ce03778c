#include "core/hub/config_json.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/status_macros.h"
#include "core/hub/config_check.h"

namespace electra {
namespace {

using nlohmann::json;

struct IntegerField {
  const char* name;
  int64_t ElectraConfig::*member;
};

constexpr std::array<IntegerField, 9> kIntegerFields = {{
    {"vocab_size", &ElectraConfig::vocab_size},
    {"embedding_size", &ElectraConfig::embedding_size},
    {"hidden_size", &ElectraConfig::hidden_size},
    {"num_hidden_layers", &ElectraConfig::num_hidden_layers},
    {"num_attention_heads", &ElectraConfig::num_attention_heads},
    {"intermediate_size", &ElectraConfig::intermediate_size},
    {"max_position_embeddings", &ElectraConfig::max_position_embeddings},
    {"type_vocab_size", &ElectraConfig::type_vocab_size},
    {"pad_token_id", &ElectraConfig::pad_token_id},
}};

struct RealField {
  const char* name;
  double ElectraConfig::*member;
};

constexpr std::array<RealField, 4> kRealFields = {{
    {"hidden_dropout_prob", &ElectraConfig::hidden_dropout_prob},
    {"attention_probs_dropout_prob", &ElectraConfig::attention_probs_dropout_prob},
    {"initializer_range", &ElectraConfig::initializer_range},
    {"layer_norm_eps", &ElectraConfig::layer_norm_eps},
}};

// Fields that ask for another computation unless they have their harmless value.
struct UnsupportedField {
  const char* name;
  Message why;
};

std::vector<UnsupportedField> FieldsThatMustBeOff() {
  const Message no_cross_attention =
      Message("NO_CROSS_ATTENTION", "cross attention is not supported");
  return {
      {"is_decoder", Message("NO_DECODERS", "decoders with causal attention are not supported")},
      {"add_cross_attention", no_cross_attention},
      {"cross_attention_hidden_size", no_cross_attention},
      {"is_encoder_decoder",
       Message("NO_ENCODER_DECODERS", "encoder-decoder models are not supported")},
      {"pruned_heads", Message("NO_PRUNED_HEADS", "pruned attention heads are not supported")},
      {"quantization_config",
       Message("NO_QUANTIZED_WEIGHTS",
               "quantized weights are not supported; save the model dequantized")},
      {"auto_map", Message("NO_CUSTOM_CODE", "models with code of their own are not supported")},
      {"adapters",
       Message("NO_ADAPTERS", "adapters are not supported; merge them into the model first")},
  };
}

bool IsOff(const json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  return value.is_null() || ((value.is_object() || value.is_array()) && value.empty());
}

absl::Status Refuse(std::string_view name, const json& value, const Message& why) {
  return InvalidArgumentError("CONFIG_NOT_SUPPORTED", "{field} is {value}: {why}", name,
                              JsonExcerpt(value), why);
}

Message OnlySupported(std::string_view value) {
  return Message("ONLY_SUPPORTED", "only \"{value}\" is supported", value);
}

bool IsElectraArchitecture(const json& root) {
  const auto found = root.find("architectures");
  if (found == root.end() || !found->is_array()) return false;
  for (const json& name : *found) {
    if (name.is_string() && name.get_ref<const std::string&>().starts_with("Electra")) return true;
  }
  return false;
}

absl::Status CheckModelType(const json& root) {
  const auto found = root.find("model_type");
  if (found == root.end()) {
    // transformers wrote no model_type before 2020.
    if (IsElectraArchitecture(root)) return absl::OkStatus();
    return InvalidArgumentError(
        "MODEL_TYPE_MISSING",
        "model_type is missing and architectures names no Electra class: is this an ELECTRA "
        "model?");
  }
  if (found->is_string() && found->get_ref<const std::string&>() == "electra") {
    return absl::OkStatus();
  }
  return Refuse("model_type", *found, OnlySupported("electra"));
}

absl::Status CheckSupported(const json& root) {
  RETURN_IF_ERROR(CheckModelType(root));
  for (const UnsupportedField& field : FieldsThatMustBeOff()) {
    const auto found = root.find(field.name);
    if (found != root.end() && !IsOff(*found)) return Refuse(field.name, *found, field.why);
  }
  const auto position = root.find("position_embedding_type");
  if (position != root.end() && *position != "absolute") {
    return Refuse("position_embedding_type", *position, OnlySupported("absolute"));
  }
  return absl::OkStatus();
}

absl::Status ParseFields(const json& root, ElectraConfig* config) {
  for (const IntegerField& field : kIntegerFields) {
    const auto found = root.find(field.name);
    if (found == root.end()) continue;
    const std::optional<int64_t> value = JsonInteger(*found);
    if (!value.has_value()) {
      return Refuse(field.name, *found, Message("MUST_BE_INTEGER", "it must be an integer"));
    }
    config->*field.member = *value;
  }
  for (const RealField& field : kRealFields) {
    const auto found = root.find(field.name);
    if (found == root.end()) continue;
    if (!found->is_number() || !std::isfinite(found->get<double>())) {
      return Refuse(field.name, *found, Message("MUST_BE_NUMBER", "it must be a number"));
    }
    config->*field.member = found->get<double>();
  }
  if (!(config->initializer_range >= 0)) {
    return Refuse("initializer_range", json(config->initializer_range),
                  Message("NEGATIVE_DEVIATION", "a standard deviation is not negative"));
  }
  if (const auto found = root.find("hidden_act"); found != root.end()) {
    if (!found->is_string() ||
        !ParseActivation(found->get_ref<const std::string&>(), &config->hidden_act)) {
      return Refuse("hidden_act", *found,
                    Message("ACTIVATIONS", "supported are gelu, gelu_new, relu, silu and tanh"));
    }
  }
  if (const auto found = root.find("tie_word_embeddings"); found != root.end()) {
    if (!found->is_boolean()) {
      return Refuse(found.key(), *found, Message("MUST_BE_BOOLEAN", "it must be true or false"));
    }
    config->tie_word_embeddings = found->get<bool>();
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view RoleName(Role role) {
  return role == Role::kGenerator ? "generator" : "discriminator";
}

Message NetworkName(Role role) {
  return role == Role::kGenerator ? Message("NETWORK_GENERATOR", "generator")
                                  : Message("NETWORK_DISCRIMINATOR", "discriminator");
}

std::string_view ArchitectureName(Role role) {
  return role == Role::kGenerator ? "ElectraForMaskedLM" : "ElectraForPreTraining";
}

absl::StatusOr<ElectraConfig> ParseConfigJson(std::string_view json, std::string_view file_name) {
  ASSIGN_OR_RETURN(nlohmann::json root, ParseJson(json, file_name, {.max_values = 1'000'000}));
  ElectraConfig config;
  absl::Status status = CheckSupported(root);
  if (status.ok()) status = ParseFields(root, &config);
  if (status.ok()) status = CheckConfigFits(config);
  if (!status.ok()) return Within(file_name, status);
  return config;
}

std::string ConfigJson(const ElectraConfig& config, Role role, DType dtype) {
  json root = {
      {"architectures", json::array({std::string(ArchitectureName(role))})},
      {"classifier_dropout", nullptr},
      {"hidden_act", std::string(ActivationName(config.hidden_act))},
      {"model_type", "electra"},
      {"position_embedding_type", "absolute"},
      {"summary_activation", "gelu"},
      {"summary_last_dropout", 0.1},
      {"summary_type", "first"},
      {"summary_use_proj", true},
      {"tie_word_embeddings", config.tie_word_embeddings},
      // Read by transformers before 4.56; later ones take it as the old name of `dtype`.
      {"torch_dtype", std::string(TorchDTypeName(dtype))},
      {"use_cache", true},
  };
  for (const IntegerField& field : kIntegerFields) root[field.name] = config.*field.member;
  for (const RealField& field : kRealFields) root[field.name] = config.*field.member;
  return root.dump(2) + "\n";
}

}  // namespace electra

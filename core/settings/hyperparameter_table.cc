#include "core/settings/hyperparameter_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/nearest.h"

namespace electra {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// Numbers travel as JSON doubles, which hold integers exactly up to here.
constexpr double kMaxInteger = 9007199254740992.0;

// More steps or samples than any run has: a bound against overflow, not one that users meet.
constexpr int64_t kMany = int64_t{1} << 40;

struct Number {
  double Hyperparameters::*member;
  double least;
  double most;
  bool above_least = false;  // `least` itself is refused
  bool below_most = false;
};
struct Integer {
  int64_t Hyperparameters::*member;
  int64_t least;
  int64_t most;
};
struct Boolean {
  bool Hyperparameters::*member;
};
// The words for the values 0, 1, ... of an enumeration.
struct Choice {
  size_t (*get)(const Hyperparameters& from);
  void (*set)(Hyperparameters& to, size_t value);
  std::vector<std::string_view> words;
};
template <auto kMember>
Choice ChoiceOf(const std::vector<std::string_view>& words) {
  using Enum = std::remove_cvref_t<decltype(std::declval<Hyperparameters>().*kMember)>;
  return {[](const Hyperparameters& from) { return static_cast<size_t>(from.*kMember); },
          [](Hyperparameters& to, size_t value) { to.*kMember = static_cast<Enum>(value); }, words};
}
struct DeviceName {
  std::string Hyperparameters::*member;
};

struct Entry {
  std::string_view key;
  std::variant<Number, Integer, Boolean, Choice, DeviceName> kind;
  std::string_view description;
  std::vector<std::string_view> aliases = {};
  std::string_view default_text = "";  // where the default is no constant
};

using H = Hyperparameters;

const std::vector<Entry>& Table() {
  static const std::vector<Entry> kTable = {
      {"learning_rate",
       Number{&H::learning_rate, 0, 1, true},
       "Peak learning rate of AdamW",
       {},
       "the model's: tiny, small 5e-4; base, large 2e-4"},
      {"num_train_epochs",
       Number{&H::num_train_epochs, 0, 1e6, true},
       "Passes over the training part of the corpus",
       {"epochs"}},
      {"max_steps", Integer{&H::max_steps, -1, kMany},
       "Optimizer steps in all; above 0 it overrides num_train_epochs"},
      {"batch_size",
       Integer{&H::batch_size, 1, 65536},
       "Sequences of a forward and backward pass",
       {"per_device_train_batch_size"}},
      {"gradient_accumulation_steps", Integer{&H::gradient_accumulation_steps, 1, 65536},
       "Batches whose gradients add up to one optimizer step"},
      {"max_length",
       Integer{&H::max_length, 8, 512},
       "Tokens of a sequence, [CLS] and [SEP] included",
       {"max_seq_length"}},
      {"truncate", Boolean{&H::truncate},
       "Cut samples that are longer than max_length off, instead of splitting them into windows"},
      {"warmup_ratio", Number{&H::warmup_ratio, 0, 1},
       "Share of the steps in which the learning rate rises linearly to its peak"},
      {"warmup_steps", Integer{&H::warmup_steps, 0, kMany},
       "Warm-up in steps; above 0 it overrides warmup_ratio"},
      {"lr_scheduler_type", ChoiceOf<&H::lr_scheduler_type>({"linear", "cosine", "constant"}),
       "Course of the learning rate after the warm-up: falls to 0 linearly or as half a cosine, or "
       "stays"},
      {"weight_decay", Number{&H::weight_decay, 0, 1},
       "Weight decay of AdamW; biases and LayerNorm have none"},
      {"adam_beta1", Number{&H::adam_beta1, 0, 1, false, true}, "Decay of AdamW's first moment"},
      {"adam_beta2", Number{&H::adam_beta2, 0, 1, false, true}, "Decay of AdamW's second moment"},
      {"adam_epsilon", Number{&H::adam_epsilon, 0, 1, true},
       "Added to the root of the second moment"},
      {"max_grad_norm", Number{&H::max_grad_norm, 0, kUnbounded, true},
       "Gradients are scaled down to this joint norm"},
      {"layerwise_lr_decay", Number{&H::layerwise_lr_decay, 0, 1, true},
       "Learning rate of each layer as a share of the layer's above it, from the heads down to the "
       "embeddings; shared embeddings are the generator's"},
      {"freeze_layers", Integer{&H::freeze_layers, 0, 1000},
       "Lowest encoder layers of both networks that are not trained"},
      {"freeze_embeddings", Boolean{&H::freeze_embeddings},
       "The embeddings of both networks, with their LayerNorm and projection, are not trained"},
      {"ema_decay", Number{&H::ema_decay, 0, 1, false, true},
       "Above 0, an exponential moving average of the weights is evaluated and saved; in step t "
       "it keeps the smaller of this and (1 + t) / (10 + t) of itself"},
      {"max_bad_steps", Integer{&H::max_bad_steps, 1, kMany},
       "Steps in a row without a finite loss and gradient before the job fails; each is skipped "
       "and "
       "leaves the weights unchanged"},
      {"mlm_probability", Number{&H::mlm_probability, 0, 1, true},
       "Share of a sequence's tokens that the generator must predict, rounded up"},
      {"mask_unit", ChoiceOf<&H::mask_unit>({"token", "word", "span"}),
       "Unit of masking: tokens, words with all of their pieces, or spans of words as in SpanBERT; "
       "words and spans while they fit in mlm_probability"},
      {"span_geometric_p", Number{&H::span_geometric_p, 0, 1, true},
       "p of the geometric distribution of a span's length in words"},
      {"max_span_length", Integer{&H::max_span_length, 1, 512}, "Most words in a span"},
      {"replace_prob", Number{&H::replace_prob, 0, 1},
       "Share of the chosen tokens that become [MASK]; the others stay as they are"},
      {"temperature", Number{&H::temperature, 0, 100, true},
       "Temperature of the generator's softmax when fakes are sampled"},
      {"gen_weight", Number{&H::gen_weight, 0, 1e6}, "Weight of the generator's loss"},
      {"disc_weight", Number{&H::disc_weight, 0, 1e6}, "Weight of the discriminator's loss"},
      {"disc_weight_warmup_steps", Integer{&H::disc_weight_warmup_steps, 0, kMany},
       "Steps in which disc_weight rises linearly from 0, so that the generator learns first"},
      {"shared_embeddings", ChoiceOf<&H::shared_embeddings>({"word", "all", "none"}),
       "Parts that generator and discriminator share where their shapes allow: the word "
       "embeddings, all "
       "embeddings with their LayerNorm, or nothing"},
      {"generator_size", Number{&H::generator_size, 0, 1, true},
       "Size of a new generator, as a share of the discriminator's, where an imported model has "
       "none"},
      {"hidden_dropout_prob", Number{&H::hidden_dropout_prob, 0, 1, false, true},
       "Dropout after embeddings and layers"},
      {"attention_probs_dropout_prob", Number{&H::attention_probs_dropout_prob, 0, 1, false, true},
       "Dropout of attention probabilities"},
      {"validation_split_percentage", Number{&H::validation_split_percentage, 0, 50},
       "Share of the samples that is held out for evaluation, in percent"},
      {"eval_steps", Integer{&H::eval_steps, 0, kMany},
       "Steps between evaluations; 0 evaluates only before the first step and after the last"},
      {"max_eval_samples", Integer{&H::max_eval_samples, 1, kMany},
       "Most sequences that an evaluation reads"},
      {"early_stopping_patience", Integer{&H::early_stopping_patience, 0, kMany},
       "Evaluations in a row that are not better by metric_for_best_model after which the job "
       "ends; 0 never"},
      {"load_best_model_at_end", Boolean{&H::load_best_model_at_end},
       "The job's model is that of the best evaluation, not that of the last step; it is saved as "
       "checkpoints/best and kept beside save_total_limit others. Without held-out text it is "
       "false"},
      {"metric_for_best_model",
       ChoiceOf<&H::metric_for_best_model>({"loss", "generator_loss", "f1"}),
       "Measure of the best evaluation: the lowest combined loss, the lowest loss of the "
       "generator, "
       "or the highest F1 of the discriminator"},
      {"sample_every", Integer{&H::sample_every, 0, kMany},
       "Steps between sample predictions; 0 records none"},
      {"save_steps", Integer{&H::save_steps, 0, kMany},
       "Steps between checkpoints; 0 writes none by steps"},
      {"save_minutes", Number{&H::save_minutes, 0, 1e6},
       "Minutes between checkpoints, beside save_steps: no more training than that is lost when "
       "the server stops at once; 0 writes none by time. A job that ends or is stopped always "
       "writes one"},
      {"save_total_limit", Integer{&H::save_total_limit, 1, 1000}, "Newest checkpoints to keep"},
      {"do_lower_case", Boolean{&H::do_lower_case}, "The tokenizer lower-cases"},
      {"strip_accents", Boolean{&H::strip_accents},
       "The tokenizer strips accents; not for Korean: it tears Hangul syllables apart"},
      {"tokenize_chinese_chars", Boolean{&H::tokenize_chinese_chars},
       "The tokenizer makes each Han character a word"},
      {"vocab_size", Integer{&H::vocab_size, 100, 1 << 20},
       "Size of the vocabulary where it is trained from the corpus"},
      {"min_frequency", Integer{&H::min_frequency, 1, kMany},
       "How often a pair of pieces must occur to become a token of a trained vocabulary"},
      {"allow_unknown", Boolean{&H::allow_unknown},
       "Train also where more than half of the text is unknown to the vocabulary"},
      {"seed", Integer{&H::seed, 0, static_cast<int64_t>(kMaxInteger)},
       "Seed of all random numbers; on a CPU the same seed gives the same weights"},
      {"device", DeviceName{&H::device}, "auto takes the first CUDA device where there is one"},
      {"devices", Integer{&H::devices, 0, 1024},
       "Devices that share each step, whose sequences and result stay the same; 0 takes all ranks "
       "that the daemon was launched with, else one device"},
      {"zero_redundancy_optimizer", Boolean{&H::zero_redundancy_optimizer},
       "With several devices, each keeps and updates its part of AdamW's moments (ZeRO-1): less "
       "memory"},
      {"gradient_compression", ChoiceOf<&H::gradient_compression>({"none", "bf16"}),
       "Format of the gradients that devices exchange: float32, or half the bytes in bfloat16"},
      {"bf16", Boolean{&H::bf16},
       "On CUDA: matrix products and attention in bfloat16 (in float16 where the card has none), "
       "weights and optimizer in float32"},
      {"fp16", Boolean{&H::fp16}, "On CUDA: the same in float16, with loss scaling"},
      {"tf32", Boolean{&H::tf32}, "On CUDA: float32 matrix products may be computed as TF32"},
      {"gradient_checkpointing", Boolean{&H::gradient_checkpointing},
       "Layers keep only their inputs and compute the rest again in the backward pass: less "
       "memory, a third more work"},
  };
  return kTable;
}

// What an entry accepts, as text; what it gets from JSON; how it is written. One visitor each.
struct Accepted {
  std::string operator()(const Number& number) const {
    std::string text = absl::StrCat(number.above_least ? "above " : "at least ", number.least);
    if (number.most != kUnbounded) {
      absl::StrAppend(&text, number.below_most ? ", below " : ", at most ", number.most);
    }
    return text;
  }
  std::string operator()(const Integer& integer) const {
    if (integer.most == kMany) return absl::StrCat("a whole number, at least ", integer.least);
    return absl::StrCat("a whole number from ", integer.least, " to ", integer.most);
  }
  std::string operator()(const Boolean&) const { return "true or false"; }
  std::string operator()(const Choice& choice) const {
    return absl::StrCat(
        "one of ", absl::StrJoin(choice.words, ", ", [](std::string* out, std::string_view word) {
          out->append(word);
        }));
  }
  std::string operator()(const DeviceName&) const { return "auto, cpu, cuda or cuda:N"; }
};

struct TypeName {
  std::string operator()(const Number&) const { return "number"; }
  std::string operator()(const Integer&) const { return "integer"; }
  std::string operator()(const Boolean&) const { return "boolean"; }
  std::string operator()(const Choice&) const { return "string"; }
  std::string operator()(const DeviceName&) const { return "string"; }
};

struct Write {
  const Hyperparameters& from;
  Json operator()(const Number& number) const { return from.*number.member; }
  Json operator()(const Integer& integer) const { return from.*integer.member; }
  Json operator()(const Boolean& boolean) const { return from.*boolean.member; }
  Json operator()(const Choice& choice) const {
    return std::string(choice.words[choice.get(from)]);
  }
  Json operator()(const DeviceName& device) const { return from.*device.member; }
};

bool IsDeviceName(std::string_view name) {
  if (name == "auto" || name == "cpu" || name == "cuda") return true;
  if (!name.starts_with("cuda:")) return false;
  const std::string_view digits = name.substr(5);
  return !digits.empty() && digits.size() <= 3 &&
         digits.find_first_not_of("0123456789") == std::string_view::npos;
}

// False when the value is of the wrong type or out of range; `to` is then as it was.
struct Read {
  const Json& value;
  Hyperparameters& to;
  bool operator()(const Number& number) const {
    if (!value.is_number()) return false;
    const double read = value.get<double>();
    const bool high_enough = number.above_least ? read > number.least : read >= number.least;
    const bool low_enough = number.below_most ? read < number.most : read <= number.most;
    if (!std::isfinite(read) || !high_enough || !low_enough) return false;
    to.*number.member = read;
    return true;
  }
  bool operator()(const Integer& integer) const {
    if (!value.is_number()) return false;
    const double read = value.get<double>();
    if (!(std::abs(read) <= kMaxInteger) || read != std::floor(read)) return false;
    const auto whole = static_cast<int64_t>(read);
    if (whole < integer.least || whole > integer.most) return false;
    to.*integer.member = whole;
    return true;
  }
  bool operator()(const Boolean& boolean) const {
    if (!value.is_boolean()) return false;
    to.*boolean.member = value.get<bool>();
    return true;
  }
  bool operator()(const Choice& choice) const {
    if (!value.is_string()) return false;
    const auto word =
        std::find(choice.words.begin(), choice.words.end(), value.get_ref<const std::string&>());
    if (word == choice.words.end()) return false;
    choice.set(to, static_cast<size_t>(word - choice.words.begin()));
    return true;
  }
  bool operator()(const DeviceName& device) const {
    if (!value.is_string() || !IsDeviceName(value.get_ref<const std::string&>())) return false;
    to.*device.member = value.get<std::string>();
    return true;
  }
};

const Entry* FindEntry(std::string_view key) {
  for (const Entry& entry : Table()) {
    if (entry.key == key) return &entry;
    if (std::find(entry.aliases.begin(), entry.aliases.end(), key) != entry.aliases.end()) {
      return &entry;
    }
  }
  return nullptr;
}

std::string UnknownKeyProblem(std::string_view key) {
  std::vector<std::string_view> known;
  for (const Entry& entry : Table()) {
    known.push_back(entry.key);
    known.insert(known.end(), entry.aliases.begin(), entry.aliases.end());
  }
  const std::optional<std::string> nearest = Nearest(key, known);
  return absl::StrCat("unknown hyperparameter \"", std::string(key.substr(0, 100)), "\"",
                      nearest ? absl::StrCat(": did you mean ", *nearest, "?")
                              : "; `electra hyperparameters` lists them");
}

// As JSON, shortened: an error repeats what was given, not all of it.
std::string ValueText(const Json& value) {
  constexpr size_t kMost = 80;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

void CheckTogether(const Hyperparameters& values,
                   std::vector<HyperparameterViolation>* violations) {
  if (values.gen_weight == 0 && values.disc_weight == 0) {
    violations->push_back(
        {"disc_weight", "gen_weight and disc_weight are both 0: nothing would be trained"});
  }
  if (values.max_steps == 0) {
    violations->push_back(
        {"max_steps", "max_steps is 0: it must be -1 (num_train_epochs decides) or at least 1"});
  }
  const bool evaluates = values.validation_split_percentage > 0;
  if (values.early_stopping_patience > 0 && (values.eval_steps == 0 || !evaluates)) {
    violations->push_back(
        {"early_stopping_patience",
         absl::StrCat("early_stopping_patience is ", values.early_stopping_patience,
                      ", but nothing is evaluated while training: set eval_steps and "
                      "validation_split_percentage above 0")});
  }
  if (values.load_best_model_at_end && !evaluates) {
    violations->push_back({"load_best_model_at_end",
                           "load_best_model_at_end is true, but nothing is held out to evaluate: "
                           "set validation_split_percentage above 0"});
  }
}

}  // namespace

std::vector<HyperparameterInfo> DescribeHyperparameters() {
  const Hyperparameters defaults;
  std::vector<HyperparameterInfo> infos;
  for (const Entry& entry : Table()) {
    HyperparameterInfo info{.key = std::string(entry.key),
                            .type = std::visit(TypeName{}, entry.kind),
                            .default_value = entry.default_text.empty()
                                                 ? std::visit(Write{defaults}, entry.kind).dump()
                                                 : std::string(entry.default_text),
                            .accepted = std::visit(Accepted{}, entry.kind),
                            .description = std::string(entry.description),
                            .aliases = {}};
    for (std::string_view alias : entry.aliases) info.aliases.emplace_back(alias);
    infos.push_back(std::move(info));
  }
  return infos;
}

ParsedHyperparameters ParseHyperparameters(std::string_view json) {
  ParsedHyperparameters parsed;
  const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    parsed.violations.push_back({"hyperparameters", "hyperparameters must be a JSON object"});
    return parsed;
  }
  for (const auto& [key, value] : object.items()) {
    const Entry* entry = FindEntry(key);
    if (entry == nullptr) {
      parsed.violations.push_back({key.substr(0, 100), UnknownKeyProblem(key)});
    } else if (std::visit(Read{value, parsed.values}, entry->kind)) {
      parsed.given.insert(std::string(entry->key));
    } else {
      parsed.violations.push_back({key, absl::StrCat(key, " is ", ValueText(value), ": it must be ",
                                                     std::visit(Accepted{}, entry->kind))});
    }
  }
  // A default of no use asks for nothing.
  if (parsed.values.validation_split_percentage == 0 &&
      !parsed.given.contains("load_best_model_at_end")) {
    parsed.values.load_best_model_at_end = false;
  }
  if (parsed.violations.empty()) CheckTogether(parsed.values, &parsed.violations);
  return parsed;
}

std::vector<HyperparameterViolation> CheckAgainstModel(const Hyperparameters& values,
                                                       const ModelConfig& model) {
  const int64_t layers =
      std::min(model.generator.num_hidden_layers, model.discriminator.num_hidden_layers);
  if (values.freeze_layers <= layers) return {};
  return {{"freeze_layers", absl::StrCat("freeze_layers is ", values.freeze_layers,
                                         ", but the model has ", layers, " layers")}};
}

std::string HyperparametersToJson(const Hyperparameters& hyperparameters) {
  Json object = Json::object();
  for (const Entry& entry : Table()) {
    object[std::string(entry.key)] = std::visit(Write{hyperparameters}, entry.kind);
  }
  return object.dump();
}

}  // namespace electra

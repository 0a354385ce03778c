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

#include "absl/strings/str_join.h"
#include "core/base/nearest.h"

namespace electra {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// Numbers travel as JSON doubles, which hold integers exactly up to here.
constexpr double kMaxInteger = 9007199254740992.0;

// More steps or samples than any run has: prevents overflow; users do not meet it.
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
// A choice of which two words, "true" and "false", travel as JSON booleans.
struct BooleanOrWord {
  Choice choice;
};
struct DeviceName {
  std::string Hyperparameters::*member;
};
// Words for values of an enumeration, alone or after the name of an evaluation corpus and a dot.
struct Metric {
  Choice measure;
  std::string Hyperparameters::*corpus;
};

struct Entry {
  std::string_view key;
  std::variant<Number, Integer, Boolean, Choice, BooleanOrWord, DeviceName, Metric> kind;
  std::string_view description;
  std::vector<std::string_view> aliases = {};
  std::string_view default_text = "";  // where the default is not a constant
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
       "Total number of optimizer steps; above 0, overrides num_train_epochs"},
      {"max_duration", Number{&H::max_duration, 0, 1e6},
       "Minutes of training after which the job ends, with an evaluation and a checkpoint, where "
       "steps are left; time in the queue and of preparation does not count; 0: no limit"},
      {"batch_size",
       Integer{&H::batch_size, 1, 65536},
       "Sequences per forward and backward pass",
       {"per_device_train_batch_size"}},
      {"gradient_accumulation_steps", Integer{&H::gradient_accumulation_steps, 1, 65536},
       "Batches whose gradients are accumulated into one optimizer step"},
      {"max_length",
       Integer{&H::max_length, 8, 512},
       "Tokens per sequence, including [CLS] and [SEP]",
       {"max_seq_length"}},
      {"truncate", Boolean{&H::truncate},
       "Truncate samples longer than max_length instead of splitting them into windows"},
      {"warmup_ratio", Number{&H::warmup_ratio, 0, 1},
       "Fraction of the steps over which the learning rate rises linearly to its peak"},
      {"warmup_steps", Integer{&H::warmup_steps, 0, kMany},
       "Number of warm-up steps; above 0, overrides warmup_ratio"},
      {"lr_scheduler_type", ChoiceOf<&H::lr_scheduler_type>({"linear", "cosine", "constant"}),
       "Learning rate after the warm-up: decays to 0 linearly or along half a cosine, or stays "
       "constant"},
      {"weight_decay", Number{&H::weight_decay, 0, 1},
       "Weight decay of AdamW; not applied to biases and LayerNorm"},
      {"adam_beta1", Number{&H::adam_beta1, 0, 1, false, true},
       "Decay rate of AdamW's first moment"},
      {"adam_beta2", Number{&H::adam_beta2, 0, 1, false, true},
       "Decay rate of AdamW's second moment"},
      {"adam_epsilon", Number{&H::adam_epsilon, 0, 1, true},
       "Term added to the square root of AdamW's second moment"},
      {"max_grad_norm", Number{&H::max_grad_norm, 0, kUnbounded, true},
       "Maximum global norm of the gradients; larger ones are scaled down"},
      {"layerwise_lr_decay", Number{&H::layerwise_lr_decay, 0, 1, true},
       "Learning rate of each layer relative to the layer above it, from the heads down to the "
       "embeddings; shared embeddings follow the generator"},
      {"freeze_layers", Integer{&H::freeze_layers, 0, 1000},
       "Number of lowest encoder layers to freeze in both networks"},
      {"freeze_embeddings", Boolean{&H::freeze_embeddings},
       "Freeze the embeddings of both networks, with their LayerNorm and projection"},
      {"ema_decay", Number{&H::ema_decay, 0, 1, false, true},
       "Above 0, evaluate and save an exponential moving average of the weights; its decay rate in "
       "step t is the smaller of this and (1 + t) / (10 + t)"},
      {"max_bad_steps", Integer{&H::max_bad_steps, 1, kMany},
       "Number of consecutive steps without a finite loss and gradient after which the job fails; "
       "each is skipped and leaves the weights unchanged"},
      {"mlm_probability", Number{&H::mlm_probability, 0, 1, true},
       "Fraction of a sequence's tokens that are selected for the generator to predict, rounded "
       "up"},
      {"mask_unit", ChoiceOf<&H::mask_unit>({"token", "word", "span"}),
       "Unit of masking: tokens, words with all of their pieces, or spans of words as in SpanBERT; "
       "words and spans only while they fit in mlm_probability"},
      {"span_geometric_p", Number{&H::span_geometric_p, 0, 1, true},
       "Parameter p of the geometric distribution of span lengths, in words"},
      {"max_span_length", Integer{&H::max_span_length, 1, 512}, "Maximum number of words per span"},
      {"replace_prob", Number{&H::replace_prob, 0, 1},
       "Probability that a selected token is replaced by [MASK]; otherwise it is left unchanged"},
      {"random_token_prob", Number{&H::random_token_prob, 0, 1},
       "Probability that a selected token is replaced by a random token of the vocabulary; "
       "replace_prob applies to the others"},
      {"temperature", Number{&H::temperature, 0, 100, true},
       "Temperature of the generator's softmax when fakes are sampled"},
      {"gen_weight", Number{&H::gen_weight, 0, 1e6}, "Weight of the generator's loss"},
      {"disc_weight", Number{&H::disc_weight, 0, 1e6}, "Weight of the discriminator's loss"},
      {"disc_weight_warmup_steps", Integer{&H::disc_weight_warmup_steps, 0, kMany},
       "Number of steps over which disc_weight rises linearly from 0, so that the generator learns "
       "first"},
      {"disc_token_weights", ChoiceOf<&H::disc_token_weights>({"none", "domain"}),
       "Weights of tokens in the discriminator's loss: none, or domain: up to 3 for tokens that "
       "the "
       "corpus has more of than the job's other corpora or, if it has no others, than the imported "
       "generator expects"},
      {"shared_embeddings", ChoiceOf<&H::shared_embeddings>({"word", "all", "none", "gdes"}),
       "Embeddings that generator and discriminator share if their shapes allow: the word "
       "embeddings, all embeddings with their LayerNorm, none, or gdes: the word embeddings, to "
       "which the discriminator adds a table of its own instead of training the generator's"},
      {"generator_size", Number{&H::generator_size, 0, 1, true},
       "Size of a new generator relative to the discriminator, if an imported model has none"},
      {"hidden_dropout_prob", Number{&H::hidden_dropout_prob, 0, 1, false, true},
       "Dropout after embeddings and layers; unless set, that of an imported discriminator"},
      {"attention_probs_dropout_prob", Number{&H::attention_probs_dropout_prob, 0, 1, false, true},
       "Dropout of attention probabilities; unless set, that of an imported discriminator"},
      {"validation_split_percentage", Number{&H::validation_split_percentage, 0, 50},
       "Percentage of the samples held out for evaluation"},
      {"eval_steps", Integer{&H::eval_steps, 0, kMany},
       "Steps between evaluations; 0: evaluate only before the first step and after the last"},
      {"max_eval_samples", Integer{&H::max_eval_samples, 1, kMany},
       "Maximum number of sequences per evaluation"},
      {"early_stopping_patience", Integer{&H::early_stopping_patience, 0, kMany},
       "Number of consecutive evaluations without improvement in metric_for_best_model after which "
       "the job ends; 0: never"},
      {"load_best_model_at_end", Boolean{&H::load_best_model_at_end},
       "Use the model of the best evaluation instead of the last step's; it is saved as "
       "checkpoints/best and kept in addition to save_total_limit others. Always false without "
       "held-out text"},
      {"metric_for_best_model",
       Metric{ChoiceOf<&H::metric_for_best_model>({"loss", "generator_loss", "f1"}),
              &H::metric_eval_corpus},
       "Measure of the best evaluation: the lowest combined loss, the lowest loss of the "
       "generator, or the highest F1 of the discriminator; NAME.loss and so on on the evaluation "
       "corpus NAME instead of the held-out text"},
      {"sample_every", Integer{&H::sample_every, 0, kMany},
       "Steps between sample predictions; 0: record none"},
      {"save_steps", Integer{&H::save_steps, 0, kMany},
       "Steps between checkpoints; 0: write none by steps"},
      {"save_minutes", Number{&H::save_minutes, 0, 1e6},
       "Minutes between checkpoints, in addition to save_steps, which bounds the training lost if "
       "the server crashes; 0: write none by time. A job that ends or is stopped always writes "
       "one"},
      {"save_total_limit", Integer{&H::save_total_limit, 1, 1000},
       "Number of newest checkpoints to keep"},
      {"do_lower_case", Boolean{&H::do_lower_case}, "Convert text to lower case in the tokenizer"},
      {"strip_accents", Boolean{&H::strip_accents},
       "Strip accents in the tokenizer; not for Korean, where it splits Hangul syllables"},
      {"tokenize_chinese_chars", Boolean{&H::tokenize_chinese_chars},
       "Treat each Han character as a word in the tokenizer"},
      {"vocab_size", Integer{&H::vocab_size, 100, 1 << 20},
       "Size of a vocabulary that is trained from the corpus"},
      {"min_frequency", Integer{&H::min_frequency, 1, kMany},
       "Minimum number of occurrences of a pair of pieces that becomes a token of a trained "
       "vocabulary"},
      {"vocab_extend", Integer{&H::vocab_extend, 0, 100'000},
       "Number of tokens that the vocabulary of an imported model, or of a job's, gets from the "
       "corpus: beginnings of words that it cuts into pieces, by the tokens that each saves. The "
       "embedding of a new token starts as the mean of its pieces'"},
      {"allow_unknown", Boolean{&H::allow_unknown},
       "Train even if the vocabulary does not know more than half of the text"},
      {"deduplicate", Boolean{&H::deduplicate},
       "Leave out samples that have the same tokens as an earlier one; near-duplicates stay"},
      {"seed", Integer{&H::seed, 0, static_cast<int64_t>(kMaxInteger)},
       "Random seed; on a CPU, the same seed gives the same weights"},
      {"device", DeviceName{&H::device},
       "Device to train on; auto: the first CUDA device if there is one, else the CPU"},
      {"devices", Integer{&H::devices, 0, 1024},
       "Number of devices that share each step, which leaves its sequences and result the same; 0: "
       "all ranks that the daemon was launched with, or one device"},
      {"zero_redundancy_optimizer", Boolean{&H::zero_redundancy_optimizer},
       "With several devices, partition AdamW's moments among them (ZeRO-1) to save memory"},
      {"gradient_compression", ChoiceOf<&H::gradient_compression>({"none", "bf16"}),
       "Format of the gradients that devices exchange: float32, or half the bytes in bfloat16"},
      {"bf16", BooleanOrWord{ChoiceOf<&H::bf16>({"auto", "true", "false"})},
       "Compute matrix products and attention in bfloat16 (in float16 if a card lacks it), and "
       "keep weights and optimizer in float32; auto: on CUDA only. A processor needs instructions "
       "for bfloat16"},
      {"fp16", Boolean{&H::fp16}, "On CUDA, the same in float16, with loss scaling"},
      {"tf32", Boolean{&H::tf32}, "On CUDA, allow TF32 in float32 matrix products"},
      {"gradient_checkpointing", Boolean{&H::gradient_checkpointing},
       "Recompute each layer from its inputs in the backward pass: less memory, a third more work"},
      {"deterministic", Boolean{&H::deterministic},
       "On CUDA, use only algorithms that give the same weights bit for bit each time, on the same "
       "kind of card; an interrupted job then goes on exactly"},
  };
  return kTable;
}

// What an entry accepts, as text; its value from JSON; how it is written. One visitor each.
struct Accepted {
  Message operator()(const Number& number) const {
    const auto [member, least, most, above_least, below_most] = number;
    if (most == kUnbounded) {
      return above_least ? Message("ABOVE", "above {least}", least)
                         : Message("AT_LEAST", "at least {least}", least);
    }
    if (above_least) {
      return below_most
                 ? Message("ABOVE_AND_BELOW", "above {least}, below {most}", least, most)
                 : Message("ABOVE_AND_AT_MOST", "above {least}, at most {most}", least, most);
    }
    return below_most
               ? Message("AT_LEAST_AND_BELOW", "at least {least}, below {most}", least, most)
               : Message("AT_LEAST_AND_AT_MOST", "at least {least}, at most {most}", least, most);
  }
  Message operator()(const Integer& integer) const {
    if (integer.most == kMany) {
      return Message("INTEGER_AT_LEAST", "a whole number, at least {least}", integer.least);
    }
    return Message("INTEGER_BETWEEN", "a whole number from {least} to {most}", integer.least,
                   integer.most);
  }
  Message operator()(const Boolean&) const { return Message("BOOLEAN", "true or false"); }
  Message operator()(const Choice& choice) const {
    return Message("ONE_OF", "one of {words}",
                   absl::StrJoin(choice.words, ", ", [](std::string* out, std::string_view word) {
                     out->append(word);
                   }));
  }
  Message operator()(const BooleanOrWord& either) const { return (*this)(either.choice); }
  Message operator()(const Metric& metric) const {
    return Message("ONE_OF_OR_OF_CORPUS", "{choices}, or NAME.loss and so on",
                   (*this)(metric.measure));
  }
  Message operator()(const DeviceName&) const {
    return Message("DEVICE_NAMES", "auto, cpu, cuda or cuda:N");
  }
};

struct TypeName {
  std::string operator()(const Number&) const { return "number"; }
  std::string operator()(const Integer&) const { return "integer"; }
  std::string operator()(const Boolean&) const { return "boolean"; }
  std::string operator()(const Choice&) const { return "string"; }
  std::string operator()(const BooleanOrWord&) const { return "boolean|string"; }
  std::string operator()(const Metric&) const { return "string"; }
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
  Json operator()(const BooleanOrWord& either) const {
    Json word = (*this)(either.choice);
    if (word == "true" || word == "false") return word == "true";
    return word;
  }
  Json operator()(const Metric& metric) const {
    const std::string& corpus = from.*metric.corpus;
    const std::string measure(metric.measure.words[metric.measure.get(from)]);
    return corpus.empty() ? measure : corpus + "." + measure;
  }
  Json operator()(const DeviceName& device) const { return from.*device.member; }
};

// False when the value is of the wrong type or out of range; `to` is then unchanged.
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
  bool operator()(const BooleanOrWord& either) const {
    if (!value.is_boolean()) return (*this)(either.choice);
    const Json word = value.get<bool>() ? "true" : "false";
    return Read{word, to}(either.choice);
  }
  bool operator()(const Metric& metric) const {
    if (!value.is_string()) return false;
    const std::string& text = value.get_ref<const std::string&>();
    const size_t dot = text.rfind('.');
    const bool names_corpus = dot != std::string::npos;
    const Json measure = names_corpus ? text.substr(dot + 1) : text;
    if (names_corpus && !IsEvalCorpusName(text.substr(0, dot))) return false;
    if (!Read{measure, to}(metric.measure)) return false;
    to.*metric.corpus = names_corpus ? text.substr(0, dot) : "";
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

Message UnknownKeyProblem(std::string_view key) {
  std::vector<std::string_view> known;
  for (const Entry& entry : Table()) {
    known.push_back(entry.key);
    known.insert(known.end(), entry.aliases.begin(), entry.aliases.end());
  }
  const std::optional<std::string> nearest = Nearest(key, known);
  if (nearest) {
    return Message("MISSPELLED_HYPERPARAMETER",
                   "unknown hyperparameter \"{key}\": did you mean {suggestion}?",
                   key.substr(0, 100), *nearest);
  }
  return Message("UNKNOWN_HYPERPARAMETER",
                 "unknown hyperparameter \"{key}\"; `electra hyperparameters` lists them",
                 key.substr(0, 100));
}

// As JSON, shortened: an error need not repeat all of the input.
std::string ValueText(const Json& value) {
  constexpr size_t kMost = 80;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

void CheckTogether(const Hyperparameters& values, EvalCorpora eval_corpora,
                   std::vector<HyperparameterViolation>* violations) {
  if (values.gen_weight == 0 && values.disc_weight == 0) {
    violations->push_back(
        {"disc_weight", Message("NO_WEIGHT",
                                "gen_weight and disc_weight are both 0: nothing would "
                                "be trained")});
  }
  if (values.max_steps == 0) {
    violations->push_back(
        {"max_steps", Message("NO_STEPS",
                              "max_steps is 0: it must be -1 (num_train_epochs decides) "
                              "or at least 1")});
  }
  const bool evaluates =
      values.validation_split_percentage > 0 || eval_corpora == EvalCorpora::kSome;
  if (values.early_stopping_patience > 0 && (values.eval_steps == 0 || !evaluates)) {
    violations->push_back(
        {"early_stopping_patience",
         Message("EARLY_STOPPING_NEEDS_EVALUATIONS",
                 "early_stopping_patience is {patience}, but nothing is evaluated while training: "
                 "set eval_steps and validation_split_percentage above 0",
                 values.early_stopping_patience)});
  }
  if (values.load_best_model_at_end && !evaluates) {
    violations->push_back({"load_best_model_at_end",
                           Message("BEST_MODEL_NEEDS_EVALUATIONS",
                                   "load_best_model_at_end is true, but nothing is held out to "
                                   "evaluate: set validation_split_percentage above 0")});
  }
}

}  // namespace

bool IsEvalCorpusName(std::string_view name) {
  constexpr size_t kMost = 64;
  if (name.empty() || name.size() > kMost) return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f ||
           std::string_view("./\\=,\"'").find(c) != std::string_view::npos;
  });
}

bool IsDeviceName(std::string_view name) {
  if (name == "auto" || name == "cpu" || name == "cuda") return true;
  if (!name.starts_with("cuda:")) return false;
  const std::string_view digits = name.substr(5);
  return !digits.empty() && digits.size() <= 3 &&
         digits.find_first_not_of("0123456789") == std::string_view::npos;
}

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

ParsedHyperparameters ParseHyperparameters(std::string_view json, EvalCorpora eval_corpora) {
  ParsedHyperparameters parsed;
  const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    parsed.violations.push_back(
        {"hyperparameters",
         Message("HYPERPARAMETERS_NOT_AN_OBJECT", "hyperparameters must be a JSON object")});
    return parsed;
  }
  for (const auto& [key, value] : object.items()) {
    const Entry* entry = FindEntry(key);
    if (entry == nullptr) {
      parsed.violations.push_back({key.substr(0, 100), UnknownKeyProblem(key)});
    } else if (std::visit(Read{value, parsed.values}, entry->kind)) {
      parsed.given.insert(std::string(entry->key));
    } else {
      parsed.violations.push_back(
          {key, Message("HYPERPARAMETER_NOT_ACCEPTED", "{key} is {value}: it must be {accepted}",
                        key, ValueText(value), std::visit(Accepted{}, entry->kind))});
    }
  }
  // An unused default asks for nothing.
  if (parsed.values.validation_split_percentage == 0 && eval_corpora == EvalCorpora::kNone &&
      !parsed.given.contains("load_best_model_at_end")) {
    parsed.values.load_best_model_at_end = false;
  }
  if (parsed.violations.empty()) CheckTogether(parsed.values, eval_corpora, &parsed.violations);
  return parsed;
}

std::vector<HyperparameterViolation> CheckAgainstModel(const Hyperparameters& values,
                                                       const ModelConfig& model) {
  const int64_t layers =
      std::min(model.generator.num_hidden_layers, model.discriminator.num_hidden_layers);
  if (values.freeze_layers <= layers) return {};
  return {{"freeze_layers", Message("TOO_MANY_FROZEN_LAYERS",
                                    "freeze_layers is {frozen}, but the model has {layers} layers",
                                    values.freeze_layers, layers)}};
}

Message NothingToWeighBy() {
  return Message("NOTHING_TO_WEIGH_TOKENS_BY",
                 "disc_token_weights=domain compares the corpus with the text that a generator "
                 "expects, but the model has no trained generator: start from a pair, or add a "
                 "corpus of general text with another --corpus");
}

std::string HyperparametersToJson(const Hyperparameters& hyperparameters) {
  Json object = Json::object();
  for (const Entry& entry : Table()) {
    object[std::string(entry.key)] = std::visit(Write{hyperparameters}, entry.kind);
  }
  return object.dump();
}

}  // namespace electra

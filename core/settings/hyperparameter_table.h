// Keys, types, ranges, defaults and descriptions of hyperparameters: the one place that knows them.
//
//   ParsedHyperparameters parsed = ParseHyperparameters(R"({"learning_rate": 1e-4})");
//   for (const auto& violation : parsed.violations) ...  // key, value and accepted range
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/message.h"
#include "core/settings/hyperparameters.h"
#include "core/shape/config.h"

namespace electra {

struct HyperparameterInfo {
  std::string key;
  std::string type;           // integer, number, boolean, string, boolean|string
  std::string default_value;  // as JSON; a sentence where it depends on the model
  Message accepted;           // "above 0, at most 1", "one of word, all, none", ...
  std::string description;
  std::vector<std::string> aliases;  // other names, from Hugging Face's scripts
};

// In the order of documentation.
std::vector<HyperparameterInfo> DescribeHyperparameters();

// At most 64 bytes of UTF-8, without white space, control characters, and any of . / \\ = , " '.
bool IsEvalCorpusName(std::string_view name);

// auto, cpu, cuda or cuda:N.
bool IsDeviceName(std::string_view name);

struct HyperparameterViolation {
  std::string key;
  Message problem;  // a sentence with key, value and accepted values
};

struct ParsedHyperparameters {
  // Defaults where nothing was given; load_best_model_at_end is then false where nothing is
  // evaluated.
  Hyperparameters values;
  std::set<std::string> given;                      // the given keys, not aliases
  std::vector<HyperparameterViolation> violations;  // empty: `values` may be used
};

// Whether the job has text to evaluate besides the part that validation_split_percentage holds out.
enum class EvalCorpora { kNone, kSome };

// `json` is an object; keys may be aliases. All violations are found, not only the first.
ParsedHyperparameters ParseHyperparameters(std::string_view json,
                                           EvalCorpora eval_corpora = EvalCorpora::kNone);

// The values that do not suit a model of these shapes.
std::vector<HyperparameterViolation> CheckAgainstModel(const Hyperparameters& values,
                                                       const ModelConfig& model);

// Why disc_token_weights=domain cannot be used: nothing says what the domain differs from.
Message NothingToWeighBy();

// A JSON object with every key.
std::string HyperparametersToJson(const Hyperparameters& hyperparameters);

}  // namespace electra

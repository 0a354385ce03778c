#include "client/jobfile/job_keys.h"

namespace electra::client {
namespace {

constexpr Phrase kSmall = "small";
constexpr Phrase kZero = "0";
constexpr Phrase kUtf8 = "utf-8";
constexpr Phrase kRefuse = "refuse";

}  // namespace

const std::vector<JobKey>& JobKeys() {
  static const std::vector<JobKey> kKeys = {
      {"corpus", "", &kPhrases.required, &kPhrases.key_corpus, "books.csv"},
      {"mix", "", &kPhrases.default_none, &kPhrases.key_mix, "{general.txt: 0.2}"},
      {"eval_corpora", "", &kPhrases.default_none, &kPhrases.key_eval_corpora,
       "{general: held_out.txt}"},
      {"column", "", &kPhrases.default_none, &kPhrases.key_column, "text"},
      {"format", "txt, csv, tsv, jsonl", &kPhrases.default_by_ending, &kPhrases.key_format, "csv"},
      {"encoding", "", &kUtf8, &kPhrases.key_encoding, "utf-8"},
      {"on_invalid", "refuse, replace, skip", &kRefuse, &kPhrases.key_on_invalid, "refuse"},
      {"delimiter", "", &kPhrases.default_by_format, &kPhrases.key_delimiter, "';'"},
      {"quoting", "none, csv", &kPhrases.default_by_format, &kPhrases.key_quoting, "none"},
      {"vocab", "", &kPhrases.default_trained, &kPhrases.key_vocab, "vocab.txt"},
      {"model", "", &kSmall, &kPhrases.key_model, "small"},
      {"name", "", &kPhrases.default_none, &kPhrases.key_name, "books"},
      {"priority", "-100 ... 100", &kZero, &kPhrases.key_priority, "0"},
      {"probe", "", &kPhrases.default_none, &kPhrases.key_probe, "sentences.txt"},
      {"notify", "", &kPhrases.default_none, &kPhrases.key_notify,
       "https://hooks.example.com/books"},
      {"hyperparameters", "", &kPhrases.default_none, &kPhrases.key_hyperparameters, ""},
  };
  return kKeys;
}

const JobKey* FindJobKey(const std::string& name) {
  for (const JobKey& key : JobKeys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string> JobKeyNames() {
  std::vector<std::string> names;
  for (const JobKey& key : JobKeys()) names.push_back(key.name);
  return names;
}

}  // namespace electra::client

// Writes Hugging Face model directories that `AutoModelForSequenceClassification` loads without a
// warning. Free functions without state.
#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "core/hub/tensor.h"
#include "core/shape/config.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"

namespace electra {

struct ClassifierContents {
  const ElectraConfig& config;
  std::span<const std::string> labels;   // names of the classes, different, UTF-8
  std::span<const NamedTensor> tensors;  // electra.* and classifier.*
  const Vocabulary& vocabulary;
  const TokenizerOptions& tokenizer;
};

// config.json of `ElectraForSequenceClassification`, with id2label and label2id.
std::string ClassifierConfigJson(const ElectraConfig& config, std::span<const std::string> labels);

// Writes config.json, model.safetensors (float32) and the tokenizer's files into `directory`, which
// must exist. Every file is fsynced; the whole is not atomic, so write under another name and
// rename.
absl::Status SaveClassifier(const std::string& directory, const ClassifierContents& contents);

}  // namespace electra

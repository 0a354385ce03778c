// Fine-tunes a classifier on given weights and batches, for comparison with that of transformers.
//
//   classifier_tool MODEL_DIR BATCHES.json OUTPUT.safetensors
//
// MODEL_DIR: config.json and model.safetensors of an ElectraForSequenceClassification.
// BATCHES.json: {"classes": n, "learning_rate": x, "layerwise_lr_decay": d,
// "batches": [[{"ids", "label"}, ...], ...]}, each sequence with [CLS] and [SEP]. Writes the logits
// of the first batch (in the file's order), then trains one AdamW step a batch without dropout and
// writes losses and weights.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "core/hub/config_json.h"
#include "core/hub/safetensors.h"
#include "core/hub/safetensors_write.h"
#include "core/session/classifier_session.h"

namespace electra {
namespace {

// `PackedSequence::sequence` is the place in the file.
PackedBatch PackBatch(const nlohmann::json& sequences) {
  std::vector<size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return sequences[a]["ids"].size() > sequences[b]["ids"].size();
  });
  PackedBatch batch;
  for (size_t index : order) {
    const auto ids = sequences[index]["ids"].get<std::vector<int64_t>>();
    const auto length = static_cast<int64_t>(ids.size());
    batch.sequences.push_back({index, batch.token_count(), length});
    batch.original_ids.insert(batch.original_ids.end(), ids.begin(), ids.end());
    for (int64_t i = 0; i < length; ++i) batch.positions.push_back(i);
    if (batch.groups.empty() || batch.groups.back().length != length) {
      batch.groups.push_back({0, length});
    }
    ++batch.groups.back().sequence_count;
  }
  batch.masked_ids = batch.original_ids;
  return batch;
}

NamedArray LogitsInFileOrder(const ClassifierSession& session, const PackedBatch& batch,
                             int64_t classes) {
  const std::vector<float> logits = session.Logits(batch);
  NamedArray array{.name = "logits",
                   .shape = {static_cast<int64_t>(batch.sequences.size()), classes},
                   .values = std::vector<float>(logits.size())};
  for (size_t place = 0; place < batch.sequences.size(); ++place) {
    const auto width = static_cast<size_t>(classes);
    std::copy_n(
        logits.begin() + static_cast<ptrdiff_t>(place * width), width,
        array.values.begin() + static_cast<ptrdiff_t>(batch.sequences[place].sequence * width));
  }
  return array;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int RunTool(char** arguments) {
  const std::string model = arguments[1];
  const auto config = ParseConfigJson(ReadAll(model + "/config.json"), "config.json");
  const auto weights = SafetensorsFile::Open(model + "/model.safetensors");
  for (const absl::Status& status : {config.status(), weights.status()}) {
    if (status.ok()) continue;
    std::fprintf(stderr, "classifier_tool: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  const nlohmann::json input = nlohmann::json::parse(ReadAll(arguments[2]));
  ClassifierOptions options{.config = *config, .classes = input["classes"].get<int64_t>()};
  options.hyperparameters.hidden_dropout_prob = 0;
  options.hyperparameters.attention_probs_dropout_prob = 0;
  options.hyperparameters.layerwise_lr_decay = input["layerwise_lr_decay"].get<double>();
  ClassifierSession session(options);
  session.Fill([&](const std::string& name, std::span<float> values) {
    return ToFloat32((*weights)->tensors().at(name), values).ok();
  });

  std::vector<NamedArray> output;
  NamedArray losses{.name = "losses", .shape = {0}, .values = {}};
  for (const nlohmann::json& sequences : input["batches"]) {
    const PackedBatch batch = PackBatch(sequences);
    std::vector<int64_t> labels;
    for (const nlohmann::json& one : sequences) labels.push_back(one["label"].get<int64_t>());
    if (output.empty()) output.push_back(LogitsInFileOrder(session, batch, options.classes));
    losses.values.push_back(
        static_cast<float>(session.Step({.batch = batch,
                                         .labels = labels,
                                         .step = ++losses.shape[0],
                                         .learning_rate = input["learning_rate"].get<double>()})));
  }
  output.push_back(std::move(losses));
  for (NamedArray& array : session.CopyWeights()) output.push_back(std::move(array));
  std::vector<NamedTensor> tensors;
  for (const NamedArray& array : output) {
    tensors.push_back({.name = array.name,
                       .view = {.dtype = DType::kFloat32,
                                .shape = array.shape,
                                .data = std::as_bytes(std::span(array.values))}});
  }
  const absl::Status written = WriteSafetensors(arguments[3], tensors, {}, {});
  if (!written.ok()) std::fprintf(stderr, "%s\n", std::string(written.message()).c_str());
  return written.ok() ? 0 : 1;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: classifier_tool MODEL_DIR BATCHES OUTPUT\n");
    return 2;
  }
  return electra::RunTool(argv);
}

// Runs the engine on given weights and batches, for comparison with the networks of transformers.
//
//   network_tool GENERATOR_DIR DISCRIMINATOR_DIR BATCHES.json OUTPUT.safetensors
//
// BATCHES.json: {"learning_rate": x, "batches": [[{"ids", "masked_ids", "masked"}, ...], ...]},
// each sequence with [CLS] and [SEP], `masked` counting from [CLS]; "gdes": true shares embeddings
// that way, "token_weights" are those of the discriminator's loss by token id. Writes what both networks say
// of the first batch (in the file's order of sequences), then trains one AdamW step a batch without
// dropout and writes losses, weights and the first step's gradients.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "core/hub/pretrained.h"
#include "core/hub/safetensors_write.h"
#include "core/session/session.h"

namespace electra {
namespace {

// A generator that samples its likeliest token: the noise is below any difference of logits.
constexpr double kNoNoise = 1e-7;

struct Batch {
  PackedBatch packed;
  std::vector<size_t> file_order;  // file_order[i]: where the file's sequence i is in `packed`
};

Batch ReadBatch(const nlohmann::json& sequences) {
  std::vector<size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return sequences[a]["ids"].size() > sequences[b]["ids"].size();
  });
  Batch batch;
  batch.file_order.resize(order.size());
  PackedBatch& packed = batch.packed;
  for (size_t place = 0; place < order.size(); ++place) {
    const nlohmann::json& sequence = sequences[order[place]];
    batch.file_order[order[place]] = place;
    const int64_t first = packed.token_count();
    const auto ids = sequence["ids"].get<std::vector<int64_t>>();
    const auto masked_ids = sequence["masked_ids"].get<std::vector<int64_t>>();
    const auto length = static_cast<int64_t>(ids.size());
    packed.original_ids.insert(packed.original_ids.end(), ids.begin(), ids.end());
    packed.masked_ids.insert(packed.masked_ids.end(), masked_ids.begin(), masked_ids.end());
    for (int64_t i = 0; i < length; ++i) packed.positions.push_back(i);
    for (int64_t position : sequence["masked"]) packed.masked_positions.push_back(first + position);
    packed.sequences.push_back({order[place], first, length});
    if (packed.groups.empty() || packed.groups.back().length != length) {
      packed.groups.push_back({0, length});
    }
    ++packed.groups.back().sequence_count;
  }
  return batch;
}

std::vector<NamedArray> ReadWeights(const PretrainedNetwork& network) {
  std::vector<NamedArray> arrays;
  for (const auto& [name, tensor] : network.weights) {
    arrays.push_back({.name = name, .shape = tensor.view.shape, .values = *ToFloat32(tensor.view)});
  }
  return arrays;
}

// Rows of `values` ([rows, width], packed) in the file's order of sequences; `rows_of[s]` names the
// first row and the number of rows of packed sequence s.
NamedArray InFileOrder(const std::string& name, const std::vector<float>& values, int64_t width,
                       const Batch& batch,
                       const std::vector<std::pair<int64_t, int64_t>>& rows_of) {
  NamedArray array{.name = name, .shape = {0, width}, .values = {}};
  for (size_t place : batch.file_order) {
    const auto [first, rows] = rows_of[place];
    array.values.insert(array.values.end(), values.begin() + first * width,
                        values.begin() + (first + rows) * width);
    array.shape[0] += rows;
  }
  return array;
}

void AppendInference(TrainingSession& session, const ModelConfig& model, const Batch& batch,
                     std::vector<NamedArray>* output) {
  const InferenceResult result = session.Infer(batch.packed);
  std::vector<std::pair<int64_t, int64_t>> tokens;
  std::vector<std::pair<int64_t, int64_t>> masked;
  int64_t masked_before = 0;
  for (const PackedSequence& sequence : batch.packed.sequences) {
    tokens.emplace_back(sequence.first_token, sequence.length);
    const auto count = std::count_if(batch.packed.masked_positions.begin(),
                                     batch.packed.masked_positions.end(), [&](int64_t position) {
                                       return position >= sequence.first_token &&
                                              position < sequence.first_token + sequence.length;
                                     });
    masked.emplace_back(masked_before, count);
    masked_before += count;
  }
  output->push_back(InFileOrder("generator_hidden", result.generator_hidden,
                                model.generator.hidden_size, batch, tokens));
  output->push_back(InFileOrder("generator_logits", result.generator_logits,
                                model.generator.vocab_size, batch, masked));
  output->push_back(InFileOrder("discriminator_hidden", result.discriminator_hidden,
                                model.discriminator.hidden_size, batch, tokens));
  output->push_back(
      InFileOrder("discriminator_logits", result.discriminator_logits, 1, batch, tokens));
}

// The gradients of the first step, after clipping, as its first moments have them.
void AppendGradients(SessionState state, const Hyperparameters& hyperparameters,
                     std::vector<NamedArray>* output) {
  for (NamedArray& array : state.first_moments) {
    array.name = "gradient." + array.name;
    for (float& value : array.values) value /= static_cast<float>(1 - hyperparameters.adam_beta1);
    output->push_back(std::move(array));
  }
}

int Run(char** arguments) {
  const auto generator = LoadPretrained(arguments[1], Role::kGenerator);
  const auto discriminator = LoadPretrained(arguments[2], Role::kDiscriminator);
  for (const absl::Status& status : {generator.status(), discriminator.status()}) {
    if (status.ok()) continue;
    std::fprintf(stderr, "network_tool: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  std::ifstream file(arguments[3]);
  const nlohmann::json input = nlohmann::json::parse(file);

  SessionOptions options;
  options.model = {.generator = generator->config, .discriminator = discriminator->config};
  options.hyperparameters.hidden_dropout_prob = 0;
  options.hyperparameters.attention_probs_dropout_prob = 0;
  options.hyperparameters.temperature = kNoNoise;
  if (input.value("gdes", false)) {
    options.hyperparameters.shared_embeddings = SharedEmbeddings::kGdes;
  }
  const auto token_weights = input.value("token_weights", std::vector<float>());
  if (!token_weights.empty()) {
    options.hyperparameters.disc_token_weights = DiscTokenWeights::kDomain;
  }
  TrainingSession session(options);
  session.RestoreState(
      {.generator = ReadWeights(*generator), .discriminator = ReadWeights(*discriminator)});
  if (!token_weights.empty()) session.SetTokenWeights(token_weights);

  std::vector<NamedArray> output;
  NamedArray losses{.name = "losses", .shape = {0, 2}, .values = {}};
  int64_t step = 0;
  for (const nlohmann::json& sequences : input["batches"]) {
    const Batch batch = ReadBatch(sequences);
    if (step == 0) AppendInference(session, options.model, batch, &output);
    session.Step({.step = ++step,
                  .learning_rate = input["learning_rate"].get<double>(),
                  .micro_batches = std::span(&batch.packed, 1),
                  .observed_sequence = std::nullopt});
    const LossMetrics metrics = MeanMetrics(session.TakeResults().back().sums, 1, 50);
    losses.values.push_back(static_cast<float>(metrics.generator_loss));
    losses.values.push_back(static_cast<float>(metrics.discriminator_loss));
    ++losses.shape[0];
    if (step == 1) AppendGradients(session.CopyState(), options.hyperparameters, &output);
  }
  output.push_back(std::move(losses));
  SessionState state = session.CopyState();
  for (NamedArray& array : state.generator) {
    array.name = "generator." + array.name;
    output.push_back(std::move(array));
  }
  for (NamedArray& array : state.discriminator) {
    array.name = "discriminator." + array.name;
    output.push_back(std::move(array));
  }

  std::vector<NamedTensor> tensors;
  for (const NamedArray& array : output) {
    tensors.push_back({.name = array.name,
                       .view = {.dtype = DType::kFloat32,
                                .shape = array.shape,
                                .data = std::as_bytes(std::span(array.values))}});
  }
  const absl::Status written = WriteSafetensors(arguments[4], tensors, {}, {});
  if (!written.ok()) std::fprintf(stderr, "%s\n", std::string(written.message()).c_str());
  return written.ok() ? 0 : 1;
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: network_tool GENERATOR_DIR DISCRIMINATOR_DIR BATCHES OUTPUT\n");
    return 2;
  }
  return electra::Run(argv);
}

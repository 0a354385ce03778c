#include "core/selftest/synthetic.h"

#include <cstring>
#include <numeric>

#include "core/batch/random.h"

namespace electra::selftest {
namespace {

constexpr int64_t kFirstToken = 10;  // those before it are special, or of no use

}  // namespace

Text MakeText(std::span<const int64_t> lengths, int64_t vocab_size, uint64_t seed) {
  Text text{.vocab_size = vocab_size};
  const auto kinds = static_cast<uint64_t>(vocab_size - kFirstToken);
  for (size_t i = 0; i < lengths.size(); ++i) {
    KeyedRandom random({seed, i});
    uint64_t token = random.Below(kinds);
    for (int64_t j = 2; j < lengths[i]; ++j) {
      text.ids.push_back(static_cast<int32_t>(kFirstToken + static_cast<int64_t>(token)));
      constexpr uint64_t kSurprise = 8;  // one token in so many follows from nothing
      token = random.Below(kSurprise) == 0 ? random.Below(kinds) : (token * 3 + 1) % kinds;
    }
    text.offsets.push_back(text.ids.size());
  }
  return text;
}

PackedBatch BatchOf(const Text& text, uint64_t first, uint64_t count, uint64_t epoch) {
  std::vector<uint64_t> sequences(count);
  std::iota(sequences.begin(), sequences.end(), first);
  return MakeBatch(text.sequences(), sequences, SpecialTokenIds{},
                   {.mlm_probability = 0.15, .replace_prob = 0.85, .seed = 1, .epoch = epoch});
}

PackedBatch BatchOf(const Text& text) { return BatchOf(text, 0, text.sequences().size()); }

ModelConfig SmallModel(int64_t head_size, int64_t vocab_size) {
  ElectraConfig config;
  config.vocab_size = vocab_size;
  config.embedding_size = 64;
  config.hidden_size = 2 * head_size;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.intermediate_size = 4 * config.hidden_size;
  return {.generator = config, .discriminator = config};
}

std::string NameOf(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "float32";
    case Precision::kBfloat16:
      return "bfloat16";
    case Precision::kFloat16:
      return "float16";
  }
  return "";
}

std::vector<Precision> PrecisionsOn(const Context& context) {
  if (!context.on_card()) return {Precision::kFloat32};
  return {Precision::kFloat32, Precision::kBfloat16, Precision::kFloat16};
}

SessionOptions OptionsOf(const ModelConfig& model, const std::string& device, Precision precision) {
  SessionOptions options{.model = model, .hyperparameters = {}, .device = device};
  options.hyperparameters.bf16 =
      precision == Precision::kBfloat16 && device != "cpu" ? Bf16::kTrue : Bf16::kFalse;
  options.hyperparameters.fp16 = precision == Precision::kFloat16;
  options.hyperparameters.tf32 = false;
  return options;
}

std::vector<StepResult> Train(TrainingSession& session, std::span<const PackedBatch> batches,
                              int64_t first, int64_t count, double learning_rate) {
  for (int64_t step = first; step < first + count; ++step) {
    const auto index = static_cast<size_t>(step) % batches.size();
    session.Step({.step = step,
                  .learning_rate = learning_rate,
                  .micro_batches = batches.subspan(index, 1),
                  .observed_sequence = std::nullopt});
  }
  return session.TakeResults();
}

double LossOf(const StepResult& result) {
  const Hyperparameters defaults;
  return MeanMetrics(result.sums, defaults.gen_weight, defaults.disc_weight).combined_loss;
}

std::vector<const NamedArray*> ArraysOf(const SessionState& state) {
  std::vector<const NamedArray*> arrays;
  for (const auto* list : {&state.generator, &state.discriminator, &state.trained,
                           &state.first_moments, &state.second_moments}) {
    for (const NamedArray& array : *list) arrays.push_back(&array);
  }
  return arrays;
}

int64_t DifferentNumbers(const SessionState& a, const SessionState& b) {
  const std::vector<const NamedArray*> left = ArraysOf(a);
  const std::vector<const NamedArray*> right = ArraysOf(b);
  int64_t different = a.loss_scale == b.loss_scale ? 0 : 1;
  for (size_t i = 0; i < left.size(); ++i) {
    const std::vector<float>& x = left[i]->values;
    const std::vector<float>& y = right.at(i)->values;
    for (size_t j = 0; j < x.size(); ++j) {
      if (std::memcmp(&x[j], &y.at(j), sizeof(float)) != 0) ++different;
    }
  }
  return different;
}

}  // namespace electra::selftest

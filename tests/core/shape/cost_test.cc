// Estimates compared with measurements of engine_bench: 880 Korean sentences, vocabulary of 40,000.
#include "core/shape/cost.h"

#include "core/shape/presets.h"
#include "gtest/gtest.h"

namespace electra {
namespace {

ModelConfig Preset(const char* name) {
  ModelConfig model = FindModelPreset(name)->config;
  model.generator.vocab_size = model.discriminator.vocab_size = 40000;
  return model;
}

// Mean tokens of a sentence, [CLS] and [SEP] included, in the measured batches.
constexpr double kMeanLength = 36.1;

TEST(Cost, FlopsAreThoseThatTheBenchCounts) {
  // GFLOP a step and tokens of it, batch of 8, and of 4 for base.
  EXPECT_NEAR(TrainingFlopsPerToken(Preset("tiny"), {.mean_length = kMeanLength}), 2.25e9 / 289,
              0.1 * 2.25e9 / 289);
  EXPECT_NEAR(TrainingFlopsPerToken(Preset("small"), {.mean_length = kMeanLength}), 34.28e9 / 289,
              0.1 * 34.28e9 / 289);
  EXPECT_NEAR(TrainingFlopsPerToken(Preset("base"), {.mean_length = 30}), 72.30e9 / 120,
              0.1 * 72.30e9 / 120);
}

// Peak memory of the process, in MiB, of which about 130 are the program's own.
TEST(Cost, MemoryIsNearWhatWasMeasured) {
  const auto measured = [](const char* name, double batch_size, double mean_length, double peak) {
    const double estimate =
        TrainingMemoryBytes(Preset(name), {.mean_length = mean_length, .batch_size = batch_size});
    EXPECT_NEAR(130 + estimate / 1048576, peak, 0.1 * peak) << name << " x " << batch_size;
  };
  measured("tiny", 8, kMeanLength, 242);
  measured("tiny", 96, 32, 353);
  measured("small", 8, kMeanLength, 562);
  measured("small", 32, 29.6, 715);
  measured("small", 96, 32, 1262);
  measured("base", 4, 30, 2141);
  measured("base", 24, 29, 2518);
}

// Peak memory of the daemon, in MB: a few steps and checkpoints, on two cores.
TEST(Cost, AProcessIsNearWhatWasMeasured) {
  const auto measured = [](const char* name, int64_t vocabulary, double batch_size,
                           double mean_length, double peak) {
    ModelConfig model = FindModelPreset(name)->config;
    model.generator.vocab_size = model.discriminator.vocab_size = vocabulary;
    const double estimate =
        ProcessMemoryBytes(model, {.mean_length = mean_length, .batch_size = batch_size});
    EXPECT_NEAR(estimate / 1e6, peak, 0.15 * peak) << name << " x " << batch_size;
  };
  measured("tiny", 4874, 32, 24.5, 234);
  measured("tiny", 7105, 32, 37.5, 268);
  measured("small", 4874, 8, 24.5, 775);
  measured("small", 7105, 16, 37.5, 826);
}

TEST(Cost, AProcessHasTheProgramAndTheCopyForACheckpointToo) {
  ModelConfig small = Preset("small");
  const CostOptions plain{.batch_size = 8};
  const auto beside_steps = [&](const CostOptions& options) {
    return ProcessMemoryBytes(small, options) - TrainingMemoryBytes(small, options);
  };
  const auto parameters = static_cast<double>(ParameterCount(small));
  // Weights and two moments, and the embeddings in both networks.
  const double copy = 12 * parameters + 4 * 40000.0 * 128;
  EXPECT_NEAR(beside_steps(plain) - copy, 170e6, 1);
  CostOptions average = plain;
  average.keeps_average = true;
  EXPECT_NEAR(beside_steps(average) - beside_steps(plain), 4 * parameters, 1);
}

TEST(Cost, OptionsCostWhatTheyCost) {
  const ModelConfig small = Preset("small");
  const CostOptions plain{.batch_size = 64};
  const double bytes = TrainingMemoryBytes(small, plain);
  CostOptions recomputes = plain;
  recomputes.recomputes = true;
  EXPECT_LT(TrainingMemoryBytes(small, recomputes), bytes);
  EXPECT_NEAR(TrainingFlopsPerToken(small, recomputes), TrainingFlopsPerToken(small, plain) * 4 / 3,
              1);
  CostOptions average = plain;
  average.keeps_average = true;
  EXPECT_NEAR(TrainingMemoryBytes(small, average) - bytes,
              4 * static_cast<double>(ParameterCount(small)), 1);
  CostOptions two_tables = plain;
  two_tables.has_two_tables = true;
  EXPECT_NEAR(TrainingMemoryBytes(small, two_tables) - bytes, 16 * 40000.0 * 128, 1);
  CostOptions half = plain;
  half.half_precision = true;
  EXPECT_LT(TrainingMemoryBytes(small, half), bytes);
}

}  // namespace
}  // namespace electra

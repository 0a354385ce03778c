// Times the parts of a training step, one thread, with the shapes of `small`, batch 16, 30 tokens a
// sequence, vocabulary of 40,000; and the making of a batch, which is all of the preparation that
// happens between steps.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/batch/batch.h"
#include "core/batch/random.h"
#include "core/model/cpu/attention.h"
#include "core/model/cpu/elementwise.h"
#include "core/model/cpu/masked_softmax.h"
#include "core/model/cpu/matrix_product.h"

namespace electra {
namespace {

constexpr int64_t kTokens = 480;
constexpr int64_t kHidden = 256;
constexpr int64_t kHeads = 4;
constexpr cpu::Dropout kDropout{.key = 1, .probability = 0.1};

std::vector<float> RandomFloats(int64_t count) {
  KeyedRandom random({static_cast<uint64_t>(count)});
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(2 * random.NextDouble() - 1);
  return values;
}

cpu::AttentionHead Head(int64_t length) {
  return {.length = length,
          .head_size = kHidden / kHeads,
          .qkv_stride = 3 * kHidden,
          .hidden = kHidden,
          .heads = kHeads,
          .first_place = 0,
          .dropout = kDropout};
}

void RunProduct(benchmark::State& state, const cpu::MatrixProduct& product) {
  for (auto _ : state) {
    cpu::Team::Run(/*threads=*/1,
                   [&](cpu::Team& team) { cpu::RunMatrixProducts(team, std::span(&product, 1)); });
    benchmark::ClobberMemory();
  }
  state.counters["FLOP/s"] =
      benchmark::Counter(2 * static_cast<double>(product.rows * product.columns * product.depth),
                         benchmark::Counter::kIsIterationInvariantRate);
}

// Multiplications and additions a second of `products` of the length x length x head products.
void CountAttention(benchmark::State& state, int64_t products) {
  const double length = static_cast<double>(state.range(0));
  state.counters["FLOP/s"] = benchmark::Counter(
      static_cast<double>(products) * 2 * length * length * static_cast<double>(kHidden / kHeads),
      benchmark::Counter::kIsIterationInvariantRate);
}

// The product of a linear map of the encoder (kHidden x range(0)), then the two of its backward
// pass.
void LinearForward(benchmark::State& state) {
  const int64_t out = state.range(0);
  const std::vector<float> input = RandomFloats(kTokens * kHidden);
  const std::vector<float> weight = RandomFloats(out * kHidden);
  std::vector<float> output(static_cast<size_t>(kTokens * out));
  RunProduct(state, {.rows = kTokens,
                     .columns = out,
                     .depth = kHidden,
                     .a = {input.data(), kHidden, 1},
                     .b = {weight.data(), 1, kHidden},
                     .bias = weight.data(),
                     .result = output.data(),
                     .result_stride = out,
                     .adds = false});
}
BENCHMARK(LinearForward)->Arg(256)->Arg(768)->Arg(1024);

void LinearInputGradient(benchmark::State& state) {
  const int64_t out = state.range(0);
  const std::vector<float> gradient = RandomFloats(kTokens * out);
  const std::vector<float> weight = RandomFloats(out * kHidden);
  std::vector<float> result(static_cast<size_t>(kTokens * kHidden));
  RunProduct(state, {.rows = kTokens,
                     .columns = kHidden,
                     .depth = out,
                     .a = {gradient.data(), out, 1},
                     .b = {weight.data(), kHidden, 1},
                     .bias = nullptr,
                     .result = result.data(),
                     .result_stride = kHidden,
                     .adds = false});
}
BENCHMARK(LinearInputGradient)->Arg(256)->Arg(768)->Arg(1024);

void LinearWeightGradient(benchmark::State& state) {
  const int64_t out = state.range(0);
  const std::vector<float> gradient = RandomFloats(kTokens * out);
  const std::vector<float> input = RandomFloats(kTokens * kHidden);
  std::vector<float> result(static_cast<size_t>(out * kHidden));
  RunProduct(state, {.rows = out,
                     .columns = kHidden,
                     .depth = kTokens,
                     .a = {gradient.data(), 1, out},
                     .b = {input.data(), kHidden, 1},
                     .bias = nullptr,
                     .result = result.data(),
                     .result_stride = kHidden,
                     .adds = false});
}
BENCHMARK(LinearWeightGradient)->Arg(256)->Arg(768)->Arg(1024);

void AttentionForward(benchmark::State& state) {
  const int64_t length = state.range(0);
  const std::vector<float> qkv = RandomFloats(length * 3 * kHidden);
  std::vector<float> output(static_cast<size_t>(length * kHidden));
  std::vector<float> sums(static_cast<size_t>(length * kHeads));
  std::vector<float> scratch;
  for (auto _ : state) {
    cpu::AttentionForward(Head(length), qkv.data(), output.data(), sums.data(), scratch);
    benchmark::ClobberMemory();
  }
  CountAttention(state, 2);
}
BENCHMARK(AttentionForward)->Arg(16)->Arg(30)->Arg(128)->Arg(512);

void AttentionBackward(benchmark::State& state) {
  const int64_t length = state.range(0);
  const std::vector<float> qkv = RandomFloats(length * 3 * kHidden);
  std::vector<float> output(static_cast<size_t>(length * kHidden));
  std::vector<float> sums(static_cast<size_t>(length * kHeads));
  std::vector<float> gradient(qkv.size());
  std::vector<float> scratch;
  cpu::AttentionForward(Head(length), qkv.data(), output.data(), sums.data(), scratch);
  for (auto _ : state) {
    cpu::AttentionBackward(Head(length), qkv.data(), output.data(), sums.data(), gradient.data(),
                           scratch);
    benchmark::ClobberMemory();
  }
  CountAttention(state, 5);
}
BENCHMARK(AttentionBackward)->Arg(16)->Arg(30)->Arg(128)->Arg(512);

void Gelu(benchmark::State& state) {
  std::vector<float> input = RandomFloats(kTokens * 4 * kHidden);
  std::vector<float> output(input.size());
  for (auto _ : state) {
    const auto count = static_cast<int64_t>(input.size());
    cpu::GeluForward(/*rows=*/1, count, /*stride=*/count, input.data(), output.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(input.size()));
}
BENCHMARK(Gelu);

struct NormCase {
  std::vector<float> sum = RandomFloats(kTokens * kHidden);
  std::vector<float> residual = RandomFloats(kTokens * kHidden);
  std::vector<float> output = std::vector<float>(sum.size());
  std::vector<float> gradient = std::vector<float>(sum.size());
  std::vector<float> weight = std::vector<float>(kHidden, 1.0f);
  std::vector<float> bias = std::vector<float>(kHidden);
  std::vector<float> mean = std::vector<float>(kTokens);
  std::vector<float> scale = std::vector<float>(kTokens);
  cpu::Norm norm{kHidden, weight.data(), bias.data(), 1e-12, kDropout};
};

void AddNormForward(benchmark::State& state) {
  NormCase c;
  for (auto _ : state) {
    cpu::AddNormForward(c.norm, 0, kTokens, c.sum.data(), c.residual.data(), c.output.data(),
                        c.mean.data(), c.scale.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kTokens * kHidden);
}
BENCHMARK(AddNormForward);

void AddNormBackward(benchmark::State& state) {
  NormCase c;
  cpu::AddNormForward(c.norm, 0, kTokens, c.sum.data(), c.residual.data(), c.output.data(),
                      c.mean.data(), c.scale.data());
  std::vector<float> weight_gradient(kHidden);
  std::vector<float> bias_gradient(kHidden);
  for (auto _ : state) {
    cpu::AddNormBackward(c.norm, 0, kTokens, c.sum.data(), c.mean.data(), c.scale.data(),
                         c.residual.data(), c.output.data(), c.gradient.data(),
                         weight_gradient.data(), bias_gradient.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kTokens * kHidden);
}
BENCHMARK(AddNormBackward);

void SoftmaxCrossEntropy(benchmark::State& state) {
  constexpr int64_t kVocabulary = 40000;
  const std::vector<float> logits = RandomFloats(kVocabulary);
  std::vector<float> values;
  for (auto _ : state) {
    values = logits;
    benchmark::DoNotOptimize(cpu::SoftmaxCrossEntropy({.columns = kVocabulary,
                                                       .label = 5,
                                                       .temperature = 1,
                                                       .uniform = 0.5,
                                                       .gradient_scale = 1,
                                                       .wants_gradient = true},
                                                      values.data()));
  }
  state.SetItemsProcessed(state.iterations() * kVocabulary);
}
BENCHMARK(SoftmaxCrossEntropy);

void MakeABatch(benchmark::State& state) {
  std::vector<int32_t> ids;
  std::vector<uint64_t> offsets = {0};
  std::vector<uint64_t> picked;
  KeyedRandom random({3});
  for (uint64_t i = 0; i < 16; ++i) {
    const uint64_t length = 14 + random.Below(29);
    for (uint64_t j = 0; j < length; ++j)
      ids.push_back(static_cast<int32_t>(5 + random.Below(900)));
    offsets.push_back(ids.size());
    picked.push_back(i);
  }
  const TokenSequences corpus{.ids = ids, .offsets = offsets};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        MakeBatch(corpus, picked, {},
                  {.mlm_probability = 0.15, .replace_prob = 0.85, .seed = 0, .epoch = 0}));
  }
}
BENCHMARK(MakeABatch);

}  // namespace
}  // namespace electra

BENCHMARK_MAIN();

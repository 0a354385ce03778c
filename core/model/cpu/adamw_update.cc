#include "core/model/cpu/adamw_update.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/model/cpu/simd.h"
#include "core/model/cpu/team.h"

namespace electra::cpu {
namespace {

constexpr int64_t kChunk = 1 << 14;  // elements: some microseconds
constexpr int64_t kBlock = 1 << 9;   // whose squares are summed in float32

// Elements of one of several arrays.
struct Chunk {
  size_t array;
  int64_t first;
  int64_t count;
};

template <typename Array>
std::vector<Chunk> ChunksOf(std::span<const Array> arrays) {
  std::vector<Chunk> chunks;
  for (size_t i = 0; i < arrays.size(); ++i) {
    for (int64_t first = 0; first < arrays[i].count; first += kChunk) {
      chunks.push_back({i, first, std::min(kChunk, arrays[i].count - first)});
    }
  }
  return chunks;
}

template <typename Work>
void ForEachChunk(int threads, const std::vector<Chunk>& chunks, const Work& work) {
  const auto count = static_cast<int64_t>(chunks.size());
  Team::Run(threads, [&](Team& team) {
    team.ForEach(count, [&](int64_t part) { work(part, chunks[static_cast<size_t>(part)]); });
  });
}

ELECTRA_VECTORIZED double SquaresOf(const float* values, int64_t count) {
  double total = 0;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t end = std::min(first + kBlock, count);
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = first; i < end; ++i) sum += values[i] * values[i];
    total += static_cast<double>(sum);
  }
  return total;
}

// One step's numbers for one parameter.
struct Factors {
  Factors(const AdamWSettings& settings, const AdamWParameter& parameter)
      : gradient(static_cast<float>(1.0 / settings.gradient_divisor)),
        kept(static_cast<float>(1.0 - parameter.learning_rate * parameter.weight_decay)),
        first(static_cast<float>(1.0 - settings.beta1)),
        second(static_cast<float>(1.0 - settings.beta2)),
        beta2(static_cast<float>(settings.beta2)),
        epsilon(static_cast<float>(settings.epsilon)) {
    const auto steps = static_cast<double>(parameter.steps);
    step = static_cast<float>(parameter.learning_rate / (1.0 - std::pow(settings.beta1, steps)));
    root = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(settings.beta2, steps)));
  }
  float gradient;
  float kept;
  float first;
  float second;
  float beta2;
  float epsilon;
  float step;
  float root;
};

ELECTRA_VECTORIZED void Update(const Factors& factors, int64_t count, const float* gradient,
                               float* values, float* first_moment, float* second_moment) {
  const Factors f = factors;  // not what `values` might point at
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] * f.gradient;
    const float m = first_moment[i] + (g - first_moment[i]) * f.first;
    const float v = second_moment[i] * f.beta2 + g * g * f.second;
    first_moment[i] = m;
    second_moment[i] = v;
    values[i] = values[i] * f.kept - f.step * m / (std::sqrt(v) * f.root + f.epsilon);
  }
}

}  // namespace

void UpdateWithAdamW(int threads, const AdamWSettings& settings,
                     std::span<const AdamWParameter> parameters) {
  std::vector<Factors> factors;
  for (const AdamWParameter& parameter : parameters) factors.emplace_back(settings, parameter);
  ForEachChunk(threads, ChunksOf(parameters), [&](int64_t, const Chunk& chunk) {
    const AdamWParameter& parameter = parameters[chunk.array];
    Update(factors[chunk.array], chunk.count, parameter.gradient + chunk.first,
           parameter.values + chunk.first, parameter.first_moment + chunk.first,
           parameter.second_moment + chunk.first);
  });
}

double SumOfSquares(int threads, std::span<const ConstFloats> arrays) {
  const std::vector<Chunk> chunks = ChunksOf(arrays);
  std::vector<double> sums(chunks.size());
  ForEachChunk(threads, chunks, [&](int64_t part, const Chunk& chunk) {
    sums[static_cast<size_t>(part)] =
        SquaresOf(arrays[chunk.array].data + chunk.first, chunk.count);
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace electra::cpu

#include "core/model/cpu/adamw_update.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/model/cpu/team.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/model/cpu/adamw_update.cc"
#include <hwy/foreach_target.h>  // includes this file once for each instruction set

#include "core/model/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

double SquaresOf(const float* values, int64_t count) {
  constexpr int64_t kFloats = 1 << 9;  // whose squares are summed in float32
  double total = 0;
  for (int64_t first = 0; first < count; first += kFloats) {
    Floats sum = hn::Zero(FloatTag());
    ForEachVector(std::min(kFloats, count - first), [&](int64_t i, auto lanes) HWY_ATTR {
      const Floats value = lanes.Keep(lanes.Load(values + first + i));
      sum = hn::MulAdd(value, value, sum);
    });
    total += static_cast<double>(SumOf(sum));
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

// Elements [first_element, first_element + count) of a parameter.
void Update(const AdamWSettings& settings, const AdamWParameter& parameter, int64_t first_element,
            int64_t count) {
  const Factors factors(settings, parameter);
  const float* gradient = parameter.gradient + first_element;
  float* values = parameter.values + first_element;
  float* first_moment = parameter.first_moment + first_element;
  float* second_moment = parameter.second_moment + first_element;
  const FloatTag d;
  const Floats scale = hn::Set(d, factors.gradient);
  const Floats kept = hn::Set(d, factors.kept);
  const Floats first = hn::Set(d, factors.first);
  const Floats second = hn::Set(d, factors.second);
  const Floats beta2 = hn::Set(d, factors.beta2);
  const Floats epsilon = hn::Set(d, factors.epsilon);
  const Floats step = hn::Set(d, factors.step);
  const Floats root = hn::Set(d, factors.root);
  ForEachVector(count, [=](int64_t i, auto lanes) HWY_ATTR {
    const Floats g = hn::Mul(lanes.Load(gradient + i), scale);
    const Floats before = lanes.Load(first_moment + i);
    const Floats m = hn::MulAdd(hn::Sub(g, before), first, before);
    const Floats v =
        hn::MulAdd(hn::Mul(g, g), second, hn::Mul(lanes.Load(second_moment + i), beta2));
    lanes.Store(m, first_moment + i);
    lanes.Store(v, second_moment + i);
    const Floats change = hn::Div(hn::Mul(step, m), hn::MulAdd(hn::Sqrt(v), root, epsilon));
    lanes.Store(hn::MulSub(lanes.Load(values + i), kept, change), values + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace electra::cpu {

HWY_EXPORT(SquaresOf);
HWY_EXPORT(Update);

namespace {

constexpr int64_t kChunk = 1 << 14;  // elements: some microseconds

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

}  // namespace

void UpdateWithAdamW(int threads, const AdamWSettings& settings,
                     std::span<const AdamWParameter> parameters) {
  ForEachChunk(threads, ChunksOf(parameters), [&](int64_t, const Chunk& chunk) {
    HWY_DYNAMIC_DISPATCH(Update)
    (settings, parameters[chunk.array], chunk.first, chunk.count);
  });
}

double SumOfSquares(int threads, std::span<const ConstFloats> arrays) {
  const std::vector<Chunk> chunks = ChunksOf(arrays);
  std::vector<double> sums(chunks.size());
  ForEachChunk(threads, chunks, [&](int64_t part, const Chunk& chunk) {
    sums[static_cast<size_t>(part)] =
        HWY_DYNAMIC_DISPATCH(SquaresOf)(arrays[chunk.array].data + chunk.first, chunk.count);
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace electra::cpu
#endif

// What the kernels of this folder have in common, compiled once for each instruction set. A
// kernel's file includes itself once for each by hwy/foreach_target.h, and then this. Included by
// .cc files and headers of that kind only.
#if defined(ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_
#undef ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_
#else
#define ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;
constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(FloatTag()));
constexpr int64_t kBlock = 4;  // lanes that every instruction set shuffles among each other

// Four elements from `place` on of every fourth line, from the first on.
template <typename Tag>
HWY_INLINE hn::Vec<Tag> LoadBlocks(Tag tag, const float* const* lines, int64_t place) {
  if constexpr (hn::MaxLanes(Tag()) == kBlock) {
    return hn::LoadU(tag, lines[0] + place);
  } else {
    const hn::Half<Tag> half;
    constexpr size_t kHalf = hn::MaxLanes(half);
    return hn::Combine(tag, LoadBlocks(half, lines + kHalf, place), LoadBlocks(half, lines, place));
  }
}

// result[i] = the elements at `place` + i of kLanes lines.
HWY_INLINE void LoadTransposed(const float* const* lines, int64_t place, Floats result[kBlock]) {
  const FloatTag d;
  const hn::RepartitionToWide<FloatTag> pairs;
  const Floats in0 = LoadBlocks(d, lines, place);
  const Floats in1 = LoadBlocks(d, lines + 1, place);
  const Floats in2 = LoadBlocks(d, lines + 2, place);
  const Floats in3 = LoadBlocks(d, lines + 3, place);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, in0, in1));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, in0, in1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, in2, in3));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, in2, in3));
  result[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
  result[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
  result[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
  result[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
}

// How ForEachVector() loads and stores: whole vectors of an array, then the rest. Nothing beyond
// the array is read or written; lanes beyond it are arbitrary, and Keep() makes them zero.
struct WholeVector {
  HWY_INLINE Floats Load(const float* source) const { return hn::LoadU(FloatTag(), source); }
  HWY_INLINE void Store(Floats values, float* target) const {
    hn::StoreU(values, FloatTag(), target);
  }
  HWY_INLINE Floats Keep(Floats values) const { return values; }
};

struct RestOfArray {
  HWY_INLINE Floats Load(const float* source) const {
    alignas(64) float lanes[kLanes] = {};
    std::copy_n(source, count, lanes);
    return hn::Load(FloatTag(), lanes);
  }
  HWY_INLINE void Store(Floats values, float* target) const {
    alignas(64) float lanes[kLanes];
    hn::Store(values, FloatTag(), lanes);
    std::copy_n(lanes, count, target);
  }
  HWY_INLINE Floats Keep(Floats values) const {
    const FloatTag d;
    return hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(count)), values);
  }
  int64_t count;
};

// Calls `work(i, lanes)` for each vector of an array of `count`, which begins at element i.
template <typename Work>
HWY_INLINE void ForEachVector(int64_t count, const Work& work) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) work(i, WholeVector());
  if (i < count) work(i, RestOfArray{count - i});
}

HWY_INLINE float SumOf(Floats values) {
  const FloatTag d;
  return hn::GetLane(hn::SumOfLanes(d, values));
}

// The larger of each lane; `a` where that of `b` is not a number.
HWY_INLINE Floats Larger(Floats a, Floats b) { return hn::IfThenElse(hn::Gt(b, a), b, a); }

// e^x within 2 units in the last place for x <= 88; it never reaches 0: below -87 it stays e^-87.
// NaN stays NaN. Cephes' expf, without branches.
HWY_INLINE Floats Exp(Floats x) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> whole;
  const Floats highest = hn::Set(d, 88.0f);
  const Floats lowest = hn::Set(d, -87.0f);
  x = hn::IfThenElse(hn::Gt(x, highest), highest, x);
  x = hn::IfThenElse(hn::Lt(x, lowest), lowest, x);
  const Floats round = hn::Set(d, 12582912.0f);  // 1.5 * 2^23: adding it rounds to a whole number
  const Floats shifted = hn::MulAdd(x, hn::Set(d, 1.44269504088896341f), round);
  const Floats n = hn::Sub(shifted, round);
  x = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);  // ln 2 in two parts
  x = hn::MulAdd(n, hn::Set(d, 2.12194440e-4f), x);
  Floats p = hn::Set(d, 1.9875691500e-4f);
  p = hn::MulAdd(p, x, hn::Set(d, 1.3981999507e-3f));
  p = hn::MulAdd(p, x, hn::Set(d, 8.3334519073e-3f));
  p = hn::MulAdd(p, x, hn::Set(d, 4.1665795894e-2f));
  p = hn::MulAdd(p, x, hn::Set(d, 1.6666665459e-1f));
  p = hn::MulAdd(p, x, hn::Set(d, 5.0000001201e-1f));
  p = hn::Add(hn::MulAdd(hn::Mul(p, x), x, x), hn::Set(d, 1.0f));
  const auto exponent = hn::Sub(hn::BitCast(whole, shifted), hn::BitCast(whole, round));
  return hn::BitCast(d, hn::Add(hn::BitCast(whole, p), hn::ShiftLeft<23>(exponent)));
}

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#endif

// What the kernels of this folder have in common, compiled once for each instruction set. A kernel's
// file includes itself once for each by hwy/foreach_target.h, and then this. Included by .cc files
// and headers of that kind only.
#if defined(ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_
#undef ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_
#else
#define ELECTRA_CORE_MODEL_CPU_VECTORS_INL_H_
#endif

#include <hwy/highway.h>

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

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#endif

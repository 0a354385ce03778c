// Which elements of a row dropout keeps, compiled once for each instruction set: the same ones on
// all of them. Included by kernels' .cc files only.
#if defined(ELECTRA_CORE_MODEL_CPU_DROPOUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ELECTRA_CORE_MODEL_CPU_DROPOUT_INL_H_
#undef ELECTRA_CORE_MODEL_CPU_DROPOUT_INL_H_
#else
#define ELECTRA_CORE_MODEL_CPU_DROPOUT_INL_H_
#endif

#include <cstdint>

#include "core/model/cpu/dropout.h"
#include "core/model/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

// A well mixed function of both words (constants of the "lowbias32" hash of C. Wellons).
template <typename Words>
HWY_INLINE Words Mix(Words value, Words key) {
  const hn::DFromV<Words> d;
  value = hn::Mul(hn::Xor(value, key), hn::Set(d, 0x9E3779B1u));
  value = hn::Mul(hn::Xor(value, hn::ShiftRight<16>(value)), hn::Set(d, 0x21F0AAADu));
  value = hn::Mul(hn::Xor(hn::Xor(value, hn::ShiftRight<15>(value)), hn::ShiftLeft<7>(key)),
                  hn::Set(d, 0x735A2D97u));
  return hn::Xor(value, hn::ShiftRight<15>(value));
}

class RowDropout {
 public:
  HWY_INLINE RowDropout(const Dropout& dropout, int64_t row)
      : key_(KeyOf(dropout, row)), threshold_(dropout.threshold()), scale_(dropout.scale()) {}

  // What the elements of a vector that begins at `column` are multiplied by.
  HWY_INLINE Floats Factors(int64_t column) const {
    const FloatTag d;
    const Tag words;
    const auto columns = hn::Add(hn::Set(words, static_cast<uint32_t>(column)), hn::Iota(words, 0));
    const auto hash = Mix(columns, hn::Set(words, key_));
    const auto kept = hn::Eq(hn::Min(hash, hn::Set(words, threshold_)), hash);
    return hn::IfThenElseZero(hn::RebindMask(d, kept), hn::Set(d, scale_));
  }

 private:
  using Tag = hn::RebindToUnsigned<FloatTag>;

  static HWY_INLINE uint32_t KeyOf(const Dropout& dropout, int64_t row) {
    const Tag words;
    const auto low = hn::Set(words, static_cast<uint32_t>(dropout.key));
    const auto mixed = Mix(hn::Set(words, static_cast<uint32_t>(row)), low);
    return hn::GetLane(mixed) ^ static_cast<uint32_t>(dropout.key >> 32);
  }

  uint32_t key_;
  uint32_t threshold_;
  float scale_;
};

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#endif

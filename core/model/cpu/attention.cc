#include "core/model/cpu/attention.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/model/cpu/attention.cc"
#include <hwy/foreach_target.h>  // includes this file once for each instruction set

#include "core/model/cpu/dropout-inl.h"
#include "core/model/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

constexpr int64_t kTileRows = 6;  // with two vectors each: all fits in 16 registers

inline int64_t RoundUp(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

// An operand whose element (row, k) lies at data[row * row_stride + k * k_stride].
struct Operand {
  const float* data;
  int64_t row_stride;
  int64_t k_stride;
};

// Row-major, rows `stride` floats apart.
struct Rows {
  float* data;
  int64_t stride;
};

// Rows [0, kCount) and `kVectors` vectors of columns of the product below.
template <int64_t kCount, int64_t kVectors>
HWY_INLINE void MultiplyTile(int64_t depth, const Operand& a, const float* b, int64_t b_stride,
                             Rows c) {
  const FloatTag d;
  Floats sums[kCount][kVectors];
#pragma GCC unroll 6
  for (int64_t r = 0; r < kCount; ++r) {
#pragma GCC unroll 2
    for (int64_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(d);
  }
  const float* left = a.data;
  for (int64_t k = 0; k < depth; ++k, left += a.k_stride, b += b_stride) {
    Floats right[kVectors];
#pragma GCC unroll 2
    for (int64_t v = 0; v < kVectors; ++v) right[v] = hn::LoadU(d, b + v * kLanes);
#pragma GCC unroll 6
    for (int64_t r = 0; r < kCount; ++r) {
      const Floats element = hn::Set(d, left[r * a.row_stride]);
#pragma GCC unroll 2
      for (int64_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::MulAdd(element, right[v], sums[r][v]);
      }
    }
  }
#pragma GCC unroll 6
  for (int64_t r = 0; r < kCount; ++r) {
#pragma GCC unroll 2
    for (int64_t v = 0; v < kVectors; ++v) {
      hn::StoreU(sums[r][v], d, c.data + r * c.stride + v * kLanes);
    }
  }
}

// Rows [0, rows), at most kCount.
template <int64_t kCount>
void MultiplyRows(int64_t rows, int64_t columns, int64_t depth, const Operand& a, const float* b,
                  Rows c) {
  if constexpr (kCount > 1) {
    if (rows < kCount) return MultiplyRows<kCount - 1>(rows, columns, depth, a, b, c);
  }
  int64_t j = 0;
  for (; j + 2 * kLanes <= columns; j += 2 * kLanes) {
    MultiplyTile<kCount, 2>(depth, a, b + j, columns, {c.data + j, c.stride});
  }
  if (j < columns) MultiplyTile<kCount, 1>(depth, a, b + j, columns, {c.data + j, c.stride});
}

// c[rows, columns] = a[rows, depth] * b[depth, columns]; columns a multiple of kLanes, b row-major
// with `columns` floats a row. Rows are cut into tiles of nearly the same height.
inline void Multiply(int64_t rows, int64_t columns, int64_t depth, Operand a, const float* b,
                     Rows c) {
  for (int64_t left = (rows + kTileRows - 1) / kTileRows; left > 0; --left) {
    const int64_t height = (rows + left - 1) / left;
    MultiplyRows<kTileRows>(height, columns, depth, a, b, c);
    a.data += height * a.row_stride;
    c.data += height * c.stride;
    rows -= height;
  }
}

// The shapes of scratch matrices. Elements beyond the head size are zero, elements beyond the
// length arbitrary.
struct Padded {
  explicit Padded(const AttentionHead& head)
      : columns(RoundUp(head.length, kLanes)), width(RoundUp(head.head_size, kLanes)) {}
  int64_t columns;  // of matrices with a column a token
  int64_t width;    // of matrices with a column an element of the head
};

// target[length, width] = source[length, head_size], zero beyond.
inline void Gather(const AttentionHead& head, const Padded& padded, const float* source,
                   int64_t stride, float* target) {
  const FloatTag d;
  for (int64_t i = 0; i < head.length; ++i, source += stride, target += padded.width) {
    ForEachVector(head.head_size, [=](int64_t j, auto lanes) HWY_ATTR {
      hn::StoreU(lanes.Load(source + j), d, target + j);
    });
  }
}

// target[head_size, columns] = source[length, head_size] transposed, the last token's again beyond
// the length.
inline void GatherTransposed(const AttentionHead& head, const Padded& padded, const float* source,
                             int64_t stride, float* target) {
  const FloatTag d;
  for (int64_t i = 0; i < padded.columns; i += kLanes) {
    const float* lines[kLanes];
    for (int64_t r = 0; r < kLanes; ++r) {
      lines[r] = source + std::min(i + r, head.length - 1) * stride;
    }
    float* column = target + i;
    int64_t k = 0;
    for (; k + kBlock <= head.head_size; k += kBlock) {
      Floats rows[kBlock];
      LoadTransposed(lines, k, rows);
#pragma GCC unroll 4
      for (int64_t r = 0; r < kBlock; ++r)
        hn::StoreU(rows[r], d, column + (k + r) * padded.columns);
    }
    for (; k < head.head_size; ++k) {
      for (int64_t r = 0; r < kLanes; ++r) column[k * padded.columns + r] = lines[r][k];
    }
  }
}

// target[length, head_size] = a[length, length] * b[length, width], by way of `scratch` where the
// head's rows have no room for whole vectors.
inline void MultiplyInto(const AttentionHead& head, const Padded& padded, const Operand& a,
                         const float* b, float* scratch, Rows target) {
  if (padded.width == head.head_size) {
    return Multiply(head.length, padded.width, head.length, a, b, target);
  }
  Multiply(head.length, padded.width, head.length, a, b, {scratch, padded.width});
  for (int64_t i = 0; i < head.length; ++i) {
    std::copy_n(scratch + i * padded.width, head.head_size, target.data + i * target.stride);
  }
}

// The score of columns after the sequence: its exponential is lost next to any other. It lets loops
// run over whole vectors.
constexpr float kNoScore = -1e30f;

// Carves matrices out of the scratch memory.
class Arena {
 public:
  Arena(std::vector<float>& scratch, int64_t floats) {
    if (static_cast<int64_t>(scratch.size()) < floats) scratch.resize(static_cast<size_t>(floats));
    next_ = scratch.data();
  }
  float* Take(int64_t floats) {
    float* taken = next_;
    next_ += floats;
    return taken;
  }

 private:
  float* next_;
};

// The factor for a query's product with a key.
inline float ScoreScale(const AttentionHead& head) {
  return 1.0f / std::sqrt(static_cast<float>(head.head_size));
}

// Turns a row of scores into probabilities, after dropout; returns the logarithm of the sum of the
// scaled scores' exponentials.
inline float SoftmaxRow(const AttentionHead& head, int64_t place, int64_t columns, float* row) {
  const FloatTag d;
  std::fill(row + head.length, row + columns, kNoScore);
  Floats most = hn::LoadU(d, row);
  for (int64_t j = kLanes; j < columns; j += kLanes) most = Larger(most, hn::LoadU(d, row + j));
  const float largest = hn::GetLane(hn::MaxOfLanes(d, most));
  const Floats scale = hn::Set(d, ScoreScale(head));
  const Floats center = hn::Set(d, largest);
  Floats total = hn::Zero(d);
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Floats weight = Exp(hn::Mul(scale, hn::Sub(hn::LoadU(d, row + j), center)));
    hn::StoreU(weight, d, row + j);
    total = hn::Add(total, weight);
  }
  const float sum = SumOf(total);
  const Floats inverse = hn::Set(d, 1.0f / sum);
  const bool drops = head.dropout.probability > 0;
  const RowDropout dropout(head.dropout, place);
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Floats factor = drops ? hn::Mul(inverse, dropout.Factors(j)) : inverse;
    hn::StoreU(hn::Mul(hn::LoadU(d, row + j), factor), d, row + j);
  }
  return ScoreScale(head) * largest + std::log(sum);
}

// Turns a row of scores into probabilities, after dropout, and their gradient into that of the
// products of the query and the keys.
inline void SoftmaxRowBackward(const AttentionHead& head, int64_t place, int64_t columns,
                               float log_sum_exp, float* row, float* gradient) {
  const FloatTag d;
  std::fill(row + head.length, row + columns, kNoScore);
  const Floats scale = hn::Set(d, ScoreScale(head));
  const Floats logarithm = hn::Set(d, log_sum_exp);
  const bool drops = head.dropout.probability > 0;
  const RowDropout dropout(head.dropout, place);
  // The first loop drops values from the gradient; the second asks for the factors again.
  const auto factors = [&](int64_t j) HWY_ATTR {
    return drops ? dropout.Factors(j) : hn::Set(FloatTag(), 1.0f);
  };
  Floats total = hn::Zero(d);
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Floats weight = Exp(hn::MulSub(scale, hn::LoadU(d, row + j), logarithm));
    const Floats given = hn::Mul(hn::LoadU(d, gradient + j), factors(j));
    hn::StoreU(weight, d, row + j);
    hn::StoreU(given, d, gradient + j);
    total = hn::MulAdd(weight, given, total);
  }
  const Floats delta = hn::Set(d, SumOf(total));
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Floats weight = hn::LoadU(d, row + j);
    const Floats due = hn::Sub(hn::LoadU(d, gradient + j), delta);
    hn::StoreU(hn::Mul(hn::Mul(scale, weight), due), d, gradient + j);
    hn::StoreU(hn::Mul(weight, factors(j)), d, row + j);
  }
}

void AttentionForward(const AttentionHead& head, const float* query, float* output,
                      float* log_sum_exp, std::vector<float>& scratch) {
  const Padded padded(head);
  const int64_t tall = head.length * padded.width;
  const int64_t wide = head.head_size * padded.columns;
  const int64_t square = head.length * padded.columns;
  Arena arena(scratch, 2 * tall + wide + square);
  float* keys = arena.Take(wide);
  float* v = arena.Take(tall);
  float* p = arena.Take(square);
  float* result = arena.Take(tall);

  GatherTransposed(head, padded, query + head.hidden, head.qkv_stride, keys);
  Gather(head, padded, query + 2 * head.hidden, head.qkv_stride, v);
  Multiply(head.length, padded.columns, head.head_size, {query, head.qkv_stride, 1}, keys,
           {p, padded.columns});
  for (int64_t i = 0; i < head.length; ++i) {
    log_sum_exp[i * head.heads] =
        SoftmaxRow(head, head.first_place + i * head.heads, padded.columns, p + i * padded.columns);
  }
  MultiplyInto(head, padded, {p, padded.columns, 1}, v, result, {output, head.hidden});
}

void AttentionBackward(const AttentionHead& head, const float* query, const float* output_gradient,
                       const float* log_sum_exp, float* query_gradient,
                       std::vector<float>& scratch) {
  const Padded padded(head);
  const int64_t tall = head.length * padded.width;
  const int64_t wide = head.head_size * padded.columns;
  const int64_t square = head.length * padded.columns;
  Arena arena(scratch, 4 * tall + wide + 2 * square);
  float* q = arena.Take(tall);
  float* k = arena.Take(tall);
  float* gradient = arena.Take(tall);  // of the output
  float* result = arena.Take(tall);
  float* transposed = arena.Take(wide);
  float* p = arena.Take(square);   // probabilities, after dropout
  float* ds = arena.Take(square);  // gradient of the products of queries and keys

  Gather(head, padded, query, head.qkv_stride, q);
  Gather(head, padded, query + head.hidden, head.qkv_stride, k);
  Gather(head, padded, output_gradient, head.hidden, gradient);
  GatherTransposed(head, padded, query + head.hidden, head.qkv_stride, transposed);
  Multiply(head.length, padded.columns, head.head_size, {q, padded.width, 1}, transposed,
           {p, padded.columns});
  GatherTransposed(head, padded, query + 2 * head.hidden, head.qkv_stride, transposed);
  Multiply(head.length, padded.columns, head.head_size, {gradient, padded.width, 1}, transposed,
           {ds, padded.columns});
  for (int64_t i = 0; i < head.length; ++i) {
    SoftmaxRowBackward(head, head.first_place + i * head.heads, padded.columns,
                       log_sum_exp[i * head.heads], p + i * padded.columns,
                       ds + i * padded.columns);
  }
  const Operand p_transposed{p, 1, padded.columns};
  const Operand ds_transposed{ds, 1, padded.columns};
  const auto part = [&](int64_t offset) { return Rows{query_gradient + offset, head.qkv_stride}; };
  MultiplyInto(head, padded, {ds, padded.columns, 1}, k, result, part(0));
  MultiplyInto(head, padded, ds_transposed, q, result, part(head.hidden));
  MultiplyInto(head, padded, p_transposed, gradient, result, part(2 * head.hidden));
}

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace electra::cpu {

AttentionHead PackedHeads::Head(int64_t sequence, int64_t index) const {
  const int64_t first = first_token(sequence);
  const int64_t place = places.empty() ? first : places[static_cast<size_t>(first)];
  return {.length = first_token(sequence + 1) - first,
          .head_size = hidden / heads,
          .qkv_stride = 3 * hidden,
          .hidden = hidden,
          .heads = heads,
          .first_place = place * heads + index,
          .dropout = dropout};
}

HWY_EXPORT(AttentionForward);
void AttentionForward(const AttentionHead& head, const float* query, float* output,
                      float* log_sum_exp, std::vector<float>& scratch) {
  HWY_DYNAMIC_DISPATCH(AttentionForward)(head, query, output, log_sum_exp, scratch);
}

HWY_EXPORT(AttentionBackward);
void AttentionBackward(const AttentionHead& head, const float* query, const float* output_gradient,
                       const float* log_sum_exp, float* query_gradient,
                       std::vector<float>& scratch) {
  HWY_DYNAMIC_DISPATCH(AttentionBackward)
  (head, query, output_gradient, log_sum_exp, query_gradient, scratch);
}

}  // namespace electra::cpu
#endif

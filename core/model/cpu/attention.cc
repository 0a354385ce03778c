#include "core/model/cpu/attention.h"

#include <algorithm>
#include <cmath>

#include "core/model/cpu/simd.h"

namespace electra::cpu {
namespace {

constexpr int64_t kRows = 6;  // of a tile: 12 sums and what they need fit the registers of AVX2

int64_t RoundUp(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

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

// Rows [0, kCount) of the product below.
template <int64_t kCount>
ELECTRA_INLINE void MultiplyRows(int64_t columns, int64_t depth, const Operand& a, const float* b,
                                 Rows c) {
  for (int64_t j = 0; j < columns; j += kLanes) {
    Lanes sums[kCount] = {};
    const float* left = a.data;
    const float* right = b + j;
    for (int64_t k = 0; k < depth; ++k) {
      const Lanes lanes = *reinterpret_cast<const Lanes*>(right);
      for (int64_t r = 0; r < kCount; ++r) sums[r] += left[r * a.row_stride] * lanes;
      left += a.k_stride;
      right += columns;
    }
    for (int64_t r = 0; r < kCount; ++r) {
      *reinterpret_cast<Lanes*>(c.data + r * c.stride + j) = sums[r];
    }
  }
}

// The same for `rows` rows, at most kMost.
template <int64_t kMost>
ELECTRA_INLINE void MultiplyRowsOf(int64_t rows, int64_t columns, int64_t depth, const Operand& a,
                                   const float* b, Rows c) {
  if (rows == kMost) return MultiplyRows<kMost>(columns, depth, a, b, c);
  if constexpr (kMost > 1) MultiplyRowsOf<kMost - 1>(rows, columns, depth, a, b, c);
}

// c[rows, columns] = a[rows, depth] * b[depth, columns]; columns a multiple of kLanes, b row-major
// with `columns` floats a row. Rows are cut into tiles of nearly the same height. Never inlined:
// each use would hold all heights anew, which takes a minute to compile.
ELECTRA_VECTORIZED void Multiply(int64_t rows, int64_t columns, int64_t depth, Operand a,
                                 const float* b, Rows c) {
  for (int64_t left = (rows + kRows - 1) / kRows; left > 0; --left) {
    const int64_t height = (rows + left - 1) / left;
    MultiplyRowsOf<kRows>(height, columns, depth, a, b, c);
    a.data += height * a.row_stride;
    c.data += height * c.stride;
    rows -= height;
  }
}

// The shapes of scratch matrices: what is beyond length and head size is zero.
struct Padded {
  explicit Padded(const AttentionHead& head)
      : columns(RoundUp(head.length, kLanes)), width(RoundUp(head.head_size, kLanes)) {}
  int64_t columns;  // of matrices with a column a token
  int64_t width;    // of matrices with a column an element of the head
};

// target[length, width] = source[length, head_size], zero beyond.
ELECTRA_INLINE void Gather(const AttentionHead& head, const Padded& padded, const float* source,
                           int64_t stride, float* target) {
  for (int64_t i = 0; i < head.length; ++i) {
    for (int64_t d = 0; d < head.head_size; ++d) {
      target[i * padded.width + d] = source[i * stride + d];
    }
    for (int64_t d = head.head_size; d < padded.width; ++d) target[i * padded.width + d] = 0;
  }
}

// target[head_size, columns] = source[length, head_size] transposed, zero beyond the length.
ELECTRA_VECTORIZED void GatherTransposed(const AttentionHead& head, const Padded& padded,
                                         const float* source, int64_t stride, float* target) {
  for (int64_t i = 0; i < padded.columns; i += kLanes) {
    const int64_t rows = std::min(kLanes, head.length - i);
    const float* first = source + i * stride;
    int64_t d = 0;
    for (; d + kLanes <= head.head_size; d += kLanes) {
      Lanes block[kLanes];
#pragma GCC unroll 16
      for (int64_t r = 0; r < kLanes; ++r) {
        block[r] = r < rows ? *reinterpret_cast<const Lanes*>(first + r * stride + d) : Lanes{};
      }
      Transpose(block);
#pragma GCC unroll 16
      for (int64_t r = 0; r < kLanes; ++r) {
        *reinterpret_cast<Lanes*>(target + (d + r) * padded.columns + i) = block[r];
      }
    }
    for (; d < head.head_size; ++d) {
      for (int64_t r = 0; r < kLanes; ++r) {
        target[d * padded.columns + i + r] = r < rows ? first[r * stride + d] : 0.0f;
      }
    }
  }
}

// target[length, head_size] = a[length, length] * b[length, width], by way of `scratch` where the
// head's rows have no room for whole lanes.
ELECTRA_INLINE void MultiplyInto(const AttentionHead& head, const Padded& padded, const Operand& a,
                                 const float* b, float* scratch, Rows target) {
  if (padded.width == head.head_size) {
    return Multiply(head.length, padded.width, head.length, a, b, target);
  }
  Multiply(head.length, padded.width, head.length, a, b, {scratch, padded.width});
  for (int64_t i = 0; i < head.length; ++i) {
    for (int64_t d = 0; d < head.head_size; ++d) {
      target.data[i * target.stride + d] = scratch[i * padded.width + d];
    }
  }
}

// A score of columns behind the sequence: its exponential is lost beside any other. With it loops
// run over whole tiles and have no rest that is not vectorised.
constexpr float kNoScore = -1e30f;

// What dropout multiplies a row of the probabilities by. `place` is the row's in [tokens, heads].
ELECTRA_INLINE void DropoutRow(const Dropout& dropout, int64_t place, int64_t columns,
                               float* factors) {
  const auto low = static_cast<uint32_t>(dropout.key);
  const auto high = static_cast<uint32_t>(dropout.key >> 32);
  const uint32_t key = Mix(static_cast<uint32_t>(place), low) ^ high;
  const uint32_t threshold = dropout.threshold();
  const float scale = dropout.scale();
  for (int64_t j = 0; j < columns; ++j) {
    factors[j] = Mix(static_cast<uint32_t>(j), key) <= threshold ? scale : 0.0f;
  }
}

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

// What a query's product with a key is multiplied by.
float ScoreScale(const AttentionHead& head) {
  return 1.0f / std::sqrt(static_cast<float>(head.head_size));
}

}  // namespace

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

ELECTRA_VECTORIZED void AttentionForward(const AttentionHead& head, const float* query,
                                         float* output, float* log_sum_exp,
                                         std::vector<float>& scratch) {
  const Padded padded(head);
  const int64_t tall = head.length * padded.width;
  const int64_t wide = head.head_size * padded.columns;
  const int64_t square = head.length * padded.columns;
  Arena arena(scratch, 2 * tall + wide + square + padded.columns);
  float* keys = arena.Take(wide);
  float* v = arena.Take(tall);
  float* p = arena.Take(square);
  float* result = arena.Take(tall);
  float* factors = arena.Take(padded.columns);

  GatherTransposed(head, padded, query + head.hidden, head.qkv_stride, keys);
  Gather(head, padded, query + 2 * head.hidden, head.qkv_stride, v);
  Multiply(head.length, padded.columns, head.head_size, {query, head.qkv_stride, 1}, keys,
           {p, padded.columns});
  const float scale = ScoreScale(head);
  for (int64_t i = 0; i < head.length; ++i) {
    float* row = p + i * padded.columns;
    std::fill(row + head.length, row + padded.columns, kNoScore);
    float largest = row[0];
#pragma omp simd reduction(max : largest)
    for (int64_t j = 0; j < padded.columns; ++j) largest = row[j] > largest ? row[j] : largest;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < padded.columns; ++j) {
      row[j] = Exp(scale * (row[j] - largest));
      sum += row[j];
    }
    log_sum_exp[i * head.heads] = scale * largest + std::log(sum);
    const float inverse = 1.0f / sum;
    if (head.dropout.probability > 0) {
      DropoutRow(head.dropout, head.first_place + i * head.heads, padded.columns, factors);
      for (int64_t j = 0; j < padded.columns; ++j) row[j] *= inverse * factors[j];
    } else {
      for (int64_t j = 0; j < padded.columns; ++j) row[j] *= inverse;
    }
  }
  MultiplyInto(head, padded, {p, padded.columns, 1}, v, result, {output, head.hidden});
}

ELECTRA_VECTORIZED void AttentionBackward(const AttentionHead& head, const float* query,
                                          const float* output_gradient, const float* log_sum_exp,
                                          float* query_gradient, std::vector<float>& scratch) {
  const Padded padded(head);
  const int64_t tall = head.length * padded.width;
  const int64_t wide = head.head_size * padded.columns;
  const int64_t square = head.length * padded.columns;
  Arena arena(scratch, 4 * tall + wide + 2 * square + padded.columns);
  float* q = arena.Take(tall);
  float* k = arena.Take(tall);
  float* gradient = arena.Take(tall);  // of the output
  float* result = arena.Take(tall);
  float* transposed = arena.Take(wide);
  float* p = arena.Take(square);   // probabilities, after dropout
  float* ds = arena.Take(square);  // gradient of the products of queries and keys
  float* factors = arena.Take(padded.columns);

  Gather(head, padded, query, head.qkv_stride, q);
  Gather(head, padded, query + head.hidden, head.qkv_stride, k);
  Gather(head, padded, output_gradient, head.hidden, gradient);
  GatherTransposed(head, padded, query + head.hidden, head.qkv_stride, transposed);
  Multiply(head.length, padded.columns, head.head_size, {q, padded.width, 1}, transposed,
           {p, padded.columns});
  GatherTransposed(head, padded, query + 2 * head.hidden, head.qkv_stride, transposed);
  Multiply(head.length, padded.columns, head.head_size, {gradient, padded.width, 1}, transposed,
           {ds, padded.columns});
  const float scale = ScoreScale(head);
  std::fill(factors, factors + padded.columns, 1.0f);
  for (int64_t i = 0; i < head.length; ++i) {
    float* row = p + i * padded.columns;
    float* ds_row = ds + i * padded.columns;
    const float logarithm = log_sum_exp[i * head.heads];
    if (head.dropout.probability > 0) {
      DropoutRow(head.dropout, head.first_place + i * head.heads, padded.columns, factors);
    }
    std::fill(row + head.length, row + padded.columns, kNoScore);
    float delta = 0;
#pragma omp simd reduction(+ : delta)
    for (int64_t j = 0; j < padded.columns; ++j) {
      row[j] = Exp(scale * row[j] - logarithm);
      ds_row[j] *= factors[j];
      delta += row[j] * ds_row[j];
    }
#pragma omp simd
    for (int64_t j = 0; j < padded.columns; ++j) {
      ds_row[j] = scale * row[j] * (ds_row[j] - delta);
      row[j] *= factors[j];
    }
  }

  const Operand p_transposed{p, 1, padded.columns};
  const Operand ds_transposed{ds, 1, padded.columns};
  const auto part = [&](int64_t offset) { return Rows{query_gradient + offset, head.qkv_stride}; };
  MultiplyInto(head, padded, {ds, padded.columns, 1}, k, result, part(0));
  MultiplyInto(head, padded, ds_transposed, q, result, part(head.hidden));
  MultiplyInto(head, padded, p_transposed, gradient, result, part(2 * head.hidden));
}

}  // namespace electra::cpu

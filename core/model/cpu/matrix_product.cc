// A product is cut as in Goto and van de Geijn 2008: a block of A's rows and a panel of B's columns
// are copied so that the innermost loop reads both from beginning to end, and a tile of the result
// stays in registers meanwhile.
#include "core/model/cpu/matrix_product.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <memory>

// `inline`s below are compiled into the functions that carry the target.
#define ELECTRA_AVX512 __attribute__((target("arch=x86-64-v4")))
#define ELECTRA_AVX512_INLINE ELECTRA_AVX512 inline __attribute__((always_inline))

namespace electra::cpu {
namespace {

constexpr int64_t kLanes = 16;
constexpr int64_t kPanel = 2 * kLanes;          // columns of a panel of B and of a tile
constexpr int64_t kTileRows = 14;               // 28 sums, 2 vectors of B, 1 element of A: 31 of 32
constexpr int64_t kDepth = 512;                 // of a block: a panel has 64 KB
constexpr int64_t kBlockRows = 36 * kTileRows;  // of A, at most 1 MB: what the second cache holds

// One thread's packed operands.
struct Packed {
  alignas(64) float panel[kDepth * kPanel];               // [depth, kPanel]
  alignas(64) float block[kBlockRows * kDepth + kLanes];  // of each tile's rows [depth, rows]
};

Packed& OwnPacked() {
  static thread_local const std::unique_ptr<Packed> packed(new Packed);
  return *packed;
}

int64_t CeilDiv(int64_t value, int64_t by) { return (value + by - 1) / by; }

__mmask16 FirstLanes(int64_t count) {
  return static_cast<__mmask16>((1u << std::clamp<int64_t>(count, 0, kLanes)) - 1);
}

ELECTRA_AVX512_INLINE __m512 UnpackLow(__m512 x, __m512 y) {
  return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
}

ELECTRA_AVX512_INLINE __m512 UnpackHigh(__m512 x, __m512 y) {
  return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
}

// Rows of a transposed 16 x 16 block; rows of `source` beyond `rows` and columns beyond `columns`
// are read as zero.
ELECTRA_AVX512_INLINE void Transpose(const float* source, int64_t stride, int64_t rows,
                                     int64_t columns, __m512 result[kLanes]) {
  __m512 in[kLanes];
  const __mmask16 wanted = FirstLanes(columns);
#pragma GCC unroll 16
  for (int64_t i = 0; i < kLanes; ++i) {
    in[i] = i < rows ? _mm512_maskz_loadu_ps(wanted, source + i * stride) : _mm512_setzero_ps();
  }
  __m512 mixed[kLanes];
#pragma GCC unroll 8
  for (int64_t i = 0; i < kLanes; i += 2) {
    mixed[i] = _mm512_unpacklo_ps(in[i], in[i + 1]);
    mixed[i + 1] = _mm512_unpackhi_ps(in[i], in[i + 1]);
  }
#pragma GCC unroll 4
  for (int64_t i = 0; i < kLanes; i += 4) {
    in[i] = UnpackLow(mixed[i], mixed[i + 2]);
    in[i + 1] = UnpackHigh(mixed[i], mixed[i + 2]);
    in[i + 2] = UnpackLow(mixed[i + 1], mixed[i + 3]);
    in[i + 3] = UnpackHigh(mixed[i + 1], mixed[i + 3]);
  }
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) {
    const __m512 even = _mm512_shuffle_f32x4(in[i], in[4 + i], 0x88);
    const __m512 odd = _mm512_shuffle_f32x4(in[i], in[4 + i], 0xdd);
    const __m512 even_behind = _mm512_shuffle_f32x4(in[8 + i], in[12 + i], 0x88);
    const __m512 odd_behind = _mm512_shuffle_f32x4(in[8 + i], in[12 + i], 0xdd);
    result[i] = _mm512_shuffle_f32x4(even, even_behind, 0x88);
    result[4 + i] = _mm512_shuffle_f32x4(odd, odd_behind, 0x88);
    result[8 + i] = _mm512_shuffle_f32x4(even, even_behind, 0xdd);
    result[12 + i] = _mm512_shuffle_f32x4(odd, odd_behind, 0xdd);
  }
}

// target[depth, kPanel] = b[first .. first + depth, column .. column + columns], zero beyond.
ELECTRA_AVX512 void PackPanel(const MatrixView& b, int64_t first, int64_t depth, int64_t column,
                              int64_t columns, float* target) {
  if (b.column_stride == 1) {
    const __mmask16 left = FirstLanes(columns);
    const __mmask16 right = FirstLanes(columns - kLanes);
    const float* source = b.data + first * b.row_stride + column;
    for (int64_t k = 0; k < depth; ++k, source += b.row_stride, target += kPanel) {
      _mm512_store_ps(target, _mm512_maskz_loadu_ps(left, source));
      _mm512_store_ps(target + kLanes, _mm512_maskz_loadu_ps(right, source + kLanes));
    }
    return;
  }
  for (int64_t k = 0; k < depth; k += kLanes) {
    const int64_t count = std::min(kLanes, depth - k);
    for (int64_t half = 0; half < kPanel; half += kLanes) {
      __m512 rows[kLanes];
      Transpose(b.data + (column + half) * b.column_stride + first + k, b.column_stride,
                columns - half, count, rows);
      for (int64_t i = 0; i < count; ++i) {
        _mm512_store_ps(target + (k + i) * kPanel + half, rows[i]);
      }
    }
  }
}

// Rows of a block, cut into tiles of nearly the same height.
class Tiles {
 public:
  Tiles(int64_t first_row, int64_t rows)
      : first_row_(first_row), rows_(rows), count_(CeilDiv(rows, kTileRows)) {}
  int64_t count() const { return count_; }
  int64_t offset(int64_t tile) const { return tile * rows_ / count_; }
  int64_t begin(int64_t tile) const { return first_row_ + offset(tile); }
  int64_t rows(int64_t tile) const { return begin(tile + 1) - begin(tile); }

 private:
  int64_t first_row_;
  int64_t rows_;
  int64_t count_;
};

// target[depth, rows] = the tile's rows of a row-major A. Writes up to kLanes floats beyond.
ELECTRA_AVX512 void PackTile(const float* source, int64_t stride, int64_t rows, int64_t depth,
                             float* target) {
  for (int64_t k = 0; k < depth; k += kLanes) {
    const int64_t count = std::min(kLanes, depth - k);
    __m512 columns[kLanes];
    Transpose(source + k, stride, rows, count, columns);
    // What a store writes beyond its rows is the next one's place.
    for (int64_t i = 0; i < count; ++i) _mm512_storeu_ps(target + (k + i) * rows, columns[i]);
  }
}

// Packs the tiles' rows of A, depth [first, first + depth), one tile behind the other.
ELECTRA_AVX512 void PackBlock(const MatrixView& a, const Tiles& tiles, int64_t first, int64_t depth,
                              float* target) {
  if (a.column_stride == 1) {
    for (int64_t t = 0; t < tiles.count(); ++t) {
      PackTile(a.data + tiles.begin(t) * a.row_stride + first, a.row_stride, tiles.rows(t), depth,
               target + tiles.offset(t) * depth);
    }
    return;
  }
  for (int64_t k = 0; k < depth; ++k) {  // in the order of memory
    const float* source = a.data + (first + k) * a.column_stride;
    for (int64_t t = 0; t < tiles.count(); ++t) {
      const int64_t rows = tiles.rows(t);
      const __mmask16 wanted = FirstLanes(rows);
      _mm512_mask_storeu_ps(target + tiles.offset(t) * depth + k * rows, wanted,
                            _mm512_maskz_loadu_ps(wanted, source + tiles.begin(t)));
    }
  }
}

struct Tile {
  int64_t depth;
  const float* a;      // [depth, rows]
  const float* panel;  // [depth, kPanel]
  const float* bias;   // of the tile's columns, or nullptr
  bool adds;
  float* result;
  int64_t result_stride;
  int64_t columns;
};

template <int64_t kRows>
ELECTRA_AVX512_INLINE void RunTile(const Tile& tile) {
  __m512 sums[kRows][2];
  const __mmask16 left = FirstLanes(tile.columns);
  const __mmask16 right = FirstLanes(tile.columns - kLanes);
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    const float* before = tile.adds ? tile.result + r * tile.result_stride : tile.bias;
    if (before == nullptr) {
      sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    } else {
      sums[r][0] = _mm512_maskz_loadu_ps(left, before);
      sums[r][1] = _mm512_maskz_loadu_ps(right, before + kLanes);
    }
  }
  // Memory that is about to be written arrives while the sums are made.
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    _mm_prefetch(tile.result + r * tile.result_stride, _MM_HINT_T0);
    _mm_prefetch(tile.result + r * tile.result_stride + kLanes, _MM_HINT_T0);
  }
  const float* a = tile.a;
  const float* b = tile.panel;
  for (int64_t k = 0; k < tile.depth; ++k, a += kRows, b += kPanel) {
    const __m512 b_left = _mm512_load_ps(b);
    const __m512 b_right = _mm512_load_ps(b + kLanes);
#pragma GCC unroll 14
    for (int64_t r = 0; r < kRows; ++r) {
      const __m512 element = _mm512_set1_ps(a[r]);
      sums[r][0] = _mm512_fmadd_ps(element, b_left, sums[r][0]);
      sums[r][1] = _mm512_fmadd_ps(element, b_right, sums[r][1]);
    }
  }
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    float* result = tile.result + r * tile.result_stride;
    _mm512_mask_storeu_ps(result, left, sums[r][0]);
    _mm512_mask_storeu_ps(result + kLanes, right, sums[r][1]);
  }
}

template <int64_t kRows>
ELECTRA_AVX512 void RunTileOf(int64_t rows, const Tile& tile) {
  if (rows == kRows) return RunTile<kRows>(tile);
  if constexpr (kRows > 1) RunTileOf<kRows - 1>(rows, tile);
}

}  // namespace

bool HasMatrixProduct() {
  static const bool has = __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  return has;
}

void RunMatrixProduct(const MatrixProduct& product, int64_t first_row, int64_t last_row,
                      int64_t first_column, int64_t last_column) {
  Packed& packed = OwnPacked();
  const int64_t steps = std::max<int64_t>(1, CeilDiv(product.depth, kDepth));
  const int64_t step =
      std::max<int64_t>(1, CeilDiv(CeilDiv(product.depth, steps), kLanes) * kLanes);
  const int64_t blocks = CeilDiv(last_row - first_row, kBlockRows);
  for (int64_t k = 0; k == 0 || k < product.depth; k += step) {
    const int64_t depth = std::min(step, product.depth - k);
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t begin = first_row + block * (last_row - first_row) / blocks;
      const int64_t end = first_row + (block + 1) * (last_row - first_row) / blocks;
      const Tiles tiles(begin, end - begin);
      PackBlock(product.a, tiles, k, depth, packed.block);
      for (int64_t column = first_column; column < last_column; column += kPanel) {
        const int64_t columns = std::min(kPanel, last_column - column);
        PackPanel(product.b, k, depth, column, columns, packed.panel);
        for (int64_t t = 0; t < tiles.count(); ++t) {
          const int64_t row = tiles.begin(t);
          RunTileOf<kTileRows>(tiles.rows(t),
                               {.depth = depth,
                                .a = packed.block + tiles.offset(t) * depth,
                                .panel = packed.panel,
                                .bias = product.bias == nullptr ? nullptr : product.bias + column,
                                .adds = product.adds || k > 0,
                                .result = product.result + row * product.result_stride + column,
                                .result_stride = product.result_stride,
                                .columns = columns});
        }
      }
    }
  }
}

}  // namespace electra::cpu

#else

namespace electra::cpu {

bool HasMatrixProduct() { return false; }
void RunMatrixProduct(const MatrixProduct&, int64_t, int64_t, int64_t, int64_t) {}

}  // namespace electra::cpu

#endif

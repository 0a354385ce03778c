#include "core/model/cpu/packed_tiles.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

// `inline`s below are compiled into the functions that carry the target.
#define ELECTRA_AVX512 __attribute__((target("arch=x86-64-v4")))
#define ELECTRA_AVX512_INLINE ELECTRA_AVX512 inline __attribute__((always_inline))

namespace electra::cpu {
namespace {

constexpr int64_t kLanes = 16;
constexpr int64_t kPrefetchDepth = 64;  // takes longer than memory does

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
// are read as zero. In intrinsics, since GCC 12 makes five times as many shuffles of Transpose() in
// core/model/cpu/simd.h, which any processor has.
ELECTRA_AVX512_INLINE void LoadTransposed(const float* source, int64_t stride, int64_t rows,
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

}  // namespace

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
      LoadTransposed(b.data + (column + half) * b.column_stride + first + k, b.column_stride,
                     columns - half, count, rows);
      for (int64_t i = 0; i < count; ++i) {
        _mm512_store_ps(target + (k + i) * kPanel + half, rows[i]);
      }
    }
  }
}

void PrefetchPanel(const MatrixView& b, int64_t first, int64_t depth, int64_t column,
                   int64_t columns, int64_t part, int64_t parts) {
  const bool by_rows = b.column_stride == 1;
  const float* source = b.data + first * b.row_stride + column * b.column_stride;
  const int64_t stride = by_rows ? b.row_stride : b.column_stride;
  const int64_t count = by_rows ? depth : columns;   // pieces of memory
  const int64_t length = by_rows ? columns : depth;  // of each
  for (int64_t i = part * count / parts; i < (part + 1) * count / parts; ++i) {
    for (int64_t j = 0; j < length; j += kLanes) {
      _mm_prefetch(source + i * stride + j, _MM_HINT_T1);
    }
  }
}

ELECTRA_AVX512 void PackTile(const float* source, int64_t stride, int64_t rows, int64_t depth,
                             float* target) {
  const __mmask16 wanted = FirstLanes(rows);
  for (int64_t k = 0; k < depth; k += kLanes) {
    const int64_t count = std::min(kLanes, depth - k);
    __m512 columns[kLanes];
    LoadTransposed(source + k, stride, rows, count, columns);
    for (int64_t i = 0; i < count; ++i) {
      float* row = target + (k + i) * rows;
      if ((depth - k - i) * rows >= kLanes) {
        _mm512_storeu_ps(row, columns[i]);  // what is beyond its rows is the next ones' place
      } else {
        _mm512_mask_storeu_ps(row, wanted, columns[i]);
      }
    }
  }
}

namespace {

template <int64_t kTiles>
ELECTRA_AVX512 void CopyTilesOf(const MatrixView& a, const Tiles& tiles, int64_t first,
                                int64_t first_depth, int64_t depth, float* target,
                                int64_t tile_floats, float* sums) {
  int64_t rows[kTiles];
  float* next[kTiles];
  __m512 totals[kTiles];
#pragma GCC unroll 4
  for (int64_t t = 0; t < kTiles; ++t) {
    rows[t] = tiles.rows(first + t);
    next[t] = target + t * tile_floats;
    totals[t] = _mm512_setzero_ps();
  }
  const float* source = a.data + first_depth * a.column_stride + tiles.begin(first);
  for (int64_t k = 0; k < depth; ++k, source += a.column_stride) {  // in the order of memory
    const float* column = source;
#pragma GCC unroll 4
    for (int64_t t = 0; t < kTiles; ++t) {
      const __mmask16 wanted = FirstLanes(rows[t]);
      const __m512 values = _mm512_maskz_loadu_ps(wanted, column);
      totals[t] = _mm512_add_ps(totals[t], values);
      _mm512_mask_storeu_ps(next[t], wanted, values);
      column += rows[t];
      next[t] += rows[t];
    }
  }
  if (sums == nullptr) return;
  for (int64_t t = 0; t < kTiles; ++t) {
    const __mmask16 wanted = FirstLanes(rows[t]);
    float* own = sums + tiles.begin(first + t);
    _mm512_mask_storeu_ps(own, wanted,
                          _mm512_add_ps(_mm512_maskz_loadu_ps(wanted, own), totals[t]));
  }
}

// sums[kRows] += the products of `depth` columns of A and rows of the panel.
template <int64_t kRows>
ELECTRA_AVX512_INLINE void AddProducts(int64_t depth, const float* a, const float* b,
                                       __m512 sums[kRows][2]) {
  for (int64_t k = 0; k < depth; ++k, a += kRows, b += kPanel) {
    const __m512 b_left = _mm512_load_ps(b);
    const __m512 b_right = _mm512_load_ps(b + kLanes);
#pragma GCC unroll 14
    for (int64_t r = 0; r < kRows; ++r) {
      const __m512 element = _mm512_set1_ps(a[r]);
      sums[r][0] = _mm512_fmadd_ps(element, b_left, sums[r][0]);
      sums[r][1] = _mm512_fmadd_ps(element, b_right, sums[r][1]);
    }
  }
}

template <int64_t kRows>
ELECTRA_AVX512_INLINE void PrefetchRows(const float* rows, int64_t stride) {
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    _mm_prefetch(rows + r * stride, _MM_HINT_T0);
    _mm_prefetch(rows + r * stride + kLanes, _MM_HINT_T0);
  }
}

template <int64_t kRows>
ELECTRA_AVX512_INLINE void RunRows(const PackedTile& tile) {
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
  // Memory that is about to be written arrives while the last sums are made: asked for earlier, it
  // would have left the nearest cache again.
  const int64_t ahead = std::max<int64_t>(0, tile.depth - kPrefetchDepth);
  AddProducts<kRows>(ahead, tile.a, tile.panel, sums);
  PrefetchRows<kRows>(tile.result, tile.result_stride);
  if (tile.companion != nullptr) PrefetchRows<kRows>(tile.companion, tile.result_stride);
  AddProducts<kRows>(tile.depth - ahead, tile.a + ahead * kRows, tile.panel + ahead * kPanel, sums);
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    float* result = tile.result + r * tile.result_stride;
    _mm512_mask_storeu_ps(result, left, sums[r][0]);
    _mm512_mask_storeu_ps(result + kLanes, right, sums[r][1]);
  }
}

template <int64_t kRows>
ELECTRA_AVX512 void RunRowsOf(int64_t rows, const PackedTile& tile) {
  if (rows == kRows) return RunRows<kRows>(tile);
  if constexpr (kRows > 1) RunRowsOf<kRows - 1>(rows, tile);
}

}  // namespace

void CopyTiles(const MatrixView& a, const Tiles& tiles, int64_t first, int64_t last,
               int64_t first_depth, int64_t depth, float* target, int64_t tile_floats,
               float* sums) {
  if (last - first == kTilesOfPart) {
    CopyTilesOf<kTilesOfPart>(a, tiles, first, first_depth, depth, target, tile_floats, sums);
    return;
  }
  for (int64_t t = first; t < last; ++t, target += tile_floats) {
    CopyTilesOf<1>(a, tiles, t, first_depth, depth, target, tile_floats, sums);
  }
}

void RunTile(int64_t rows, const PackedTile& tile) { RunRowsOf<kTileRows>(rows, tile); }

}  // namespace electra::cpu

#endif

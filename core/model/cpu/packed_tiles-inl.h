// Packed operands of matrix products and the innermost loop over them, compiled once for each
// instruction set. Included by matrix_product.cc only.
#if defined(ELECTRA_CORE_MODEL_CPU_PACKED_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ELECTRA_CORE_MODEL_CPU_PACKED_TILES_INL_H_
#undef ELECTRA_CORE_MODEL_CPU_PACKED_TILES_INL_H_
#else
#define ELECTRA_CORE_MODEL_CPU_PACKED_TILES_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "core/model/cpu/matrix_product.h"
#include "core/model/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

// A tile of the result is kept in registers: two vectors for each of its rows, beside two of B and
// an element of A. AVX2 has 16 registers, AVX-512 and NEON have 32.
constexpr int64_t kTileRows =
    HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_EMU128 ? 6 : 14;  // at most
constexpr int64_t kPanel = 2 * kLanes;  // columns of a panel of B and of a tile
constexpr int64_t kTilesOfPart = 4;     // of a column-major A that are copied side by side
constexpr int64_t kLine = 16;           // floats
// Vectors that hold a tile's column, and how far they reach.
constexpr int64_t kGroups = (kTileRows + kLanes - 1) / kLanes;
constexpr int64_t kReach = kGroups * kLanes;

inline int64_t CeilDiv(int64_t value, int64_t by) { return (value + by - 1) / by; }

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

// target[depth, kPanel] = b[first .. first + depth, column .. column + columns]. Elements beyond
// `columns` are arbitrary.
inline void PackPanel(const MatrixView& b, int64_t first, int64_t depth, int64_t column,
                      int64_t columns, float* target) {
  const FloatTag d;
  if (b.column_stride == 1) {
    const float* source = b.data + first * b.row_stride + column;
    for (int64_t k = 0; k < depth; ++k, source += b.row_stride, target += kPanel) {
      if (columns == kPanel) {
        hn::Store(hn::LoadU(d, source), d, target);
        hn::Store(hn::LoadU(d, source + kLanes), d, target + kLanes);
      } else {
        std::fill(std::copy_n(source, columns, target), target + kPanel, 0.0f);
      }
    }
    return;
  }
  const float* lines[kPanel];
  for (int64_t j = 0; j < kPanel; ++j) {
    lines[j] = b.data + (column + std::min(j, columns - 1)) * b.column_stride + first;
  }
  int64_t k = 0;
  for (; k + kBlock <= depth; k += kBlock) {
    for (int64_t half = 0; half < kPanel; half += kLanes) {
      Floats rows[kBlock];
      LoadTransposed(lines + half, k, rows);
#pragma GCC unroll 4
      for (int64_t i = 0; i < kBlock; ++i) hn::Store(rows[i], d, target + (k + i) * kPanel + half);
    }
  }
  for (; k < depth; ++k) {
    for (int64_t j = 0; j < kPanel; ++j) target[k * kPanel + j] = lines[j][k];
  }
}

// Fetches part `part` of `parts` of the memory that PackPanel() will read.
inline void PrefetchPanel(const MatrixView& b, int64_t first, int64_t depth, int64_t column,
                          int64_t columns, int64_t part, int64_t parts) {
  const bool by_rows = b.column_stride == 1;
  const float* source = b.data + first * b.row_stride + column * b.column_stride;
  const int64_t stride = by_rows ? b.row_stride : b.column_stride;
  const int64_t count = by_rows ? depth : columns;   // pieces of memory
  const int64_t length = by_rows ? columns : depth;  // of each
  constexpr int kSecondLevel = 2;
  for (int64_t i = part * count / parts; i < (part + 1) * count / parts; ++i) {
    for (int64_t j = 0; j < length; j += kLine) {
      __builtin_prefetch(source + i * stride + j, /*rw=*/0, kSecondLevel);
    }
  }
}

// target[depth, rows] = the rows of a row-major A that begin at `source`.
inline void PackTile(const float* source, int64_t stride, int64_t rows, int64_t depth,
                     float* target) {
  const FloatTag d;
  const float* lines[kReach];
  for (int64_t r = 0; r < kReach; ++r) lines[r] = source + std::min(r, rows - 1) * stride;
  int64_t k = 0;
  // Vectors write beyond a column, into the place of the next ones, as long as there are any.
  for (; k + kBlock <= depth && (depth - k - kBlock + 1) * rows >= kReach; k += kBlock) {
    Floats columns[kGroups][kBlock];
#pragma GCC unroll 4
    for (int64_t g = 0; g < kGroups; ++g) LoadTransposed(lines + g * kLanes, k, columns[g]);
#pragma GCC unroll 4
    for (int64_t i = 0; i < kBlock; ++i) {
      float* column = target + (k + i) * rows;
#pragma GCC unroll 4
      for (int64_t g = 0; g < kGroups; ++g) hn::StoreU(columns[g][i], d, column + g * kLanes);
    }
  }
  for (; k < depth; ++k) {
    for (int64_t r = 0; r < rows; ++r) target[k * rows + r] = lines[r][k];
  }
}

template <int64_t kTiles>
void CopyTilesOf(const MatrixView& a, const Tiles& tiles, int64_t first, int64_t first_depth,
                 int64_t depth, float* target, int64_t tile_floats, float* sums) {
  const FloatTag d;
  int64_t rows[kTiles];
  float* next[kTiles];
  Floats totals[kTiles][kGroups];
#pragma GCC unroll 4
  for (int64_t t = 0; t < kTiles; ++t) {
    rows[t] = tiles.rows(first + t);
    next[t] = target + t * tile_floats;
    for (int64_t g = 0; g < kGroups; ++g) totals[t][g] = hn::Zero(d);
  }
  const float* source = a.data + first_depth * a.column_stride + tiles.begin(first);
  // In the order of memory. Vectors reach beyond a tile's rows: A and the tile have enough columns
  // after these.
  int64_t k = 0;
  for (; k < depth - kReach; ++k, source += a.column_stride) {
    const float* column = source;
#pragma GCC unroll 4
    for (int64_t t = 0; t < kTiles; ++t) {
#pragma GCC unroll 4
      for (int64_t g = 0; g < kGroups; ++g) {
        const Floats values = hn::LoadU(d, column + g * kLanes);
        totals[t][g] = hn::Add(totals[t][g], values);
        hn::StoreU(values, d, next[t] + g * kLanes);
      }
      column += rows[t];
      next[t] += rows[t];
    }
  }
  alignas(64) float buffer[kReach] = {};
  for (; k < depth; ++k, source += a.column_stride) {
    const float* column = source;
#pragma GCC unroll 4
    for (int64_t t = 0; t < kTiles; ++t) {
      std::copy_n(column, rows[t], buffer);
      next[t] = std::copy_n(column, rows[t], next[t]);
      column += rows[t];
      for (int64_t g = 0; g < kGroups; ++g) {
        totals[t][g] = hn::Add(totals[t][g], hn::Load(d, buffer + g * kLanes));
      }
    }
  }
  if (sums == nullptr) return;
#pragma GCC unroll 4
  for (int64_t t = 0; t < kTiles; ++t) {
    for (int64_t g = 0; g < kGroups; ++g) hn::Store(totals[t][g], d, buffer + g * kLanes);
    float* own = sums + tiles.begin(first + t);
    std::transform(own, own + rows[t], buffer, own, std::plus<>());
  }
}

// The same for tiles [first, last), at most kTilesOfPart, of a column-major A, `tile_floats` apart.
// Adds the sum of each of A's rows to `sums` [A's rows], unless that is nullptr.
inline void CopyTiles(const MatrixView& a, const Tiles& tiles, int64_t first, int64_t last,
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

struct PackedTile {
  int64_t depth;
  const float* a;      // [depth, rows]
  const float* panel;  // [depth, kPanel]
  const float* bias;   // of the tile's columns, or nullptr
  bool adds;
  float* result;
  const float* companion;  // laid out as `result`
  int64_t result_stride;
  int64_t columns;
};

// sums[kRows] += the products of `depth` columns of A and rows of the panel.
template <int64_t kRows>
HWY_INLINE void AddProducts(int64_t depth, const float* a, const float* b, Floats sums[kRows][2]) {
  const FloatTag d;
  for (int64_t k = 0; k < depth; ++k, a += kRows, b += kPanel) {
    const Floats left = hn::Load(d, b);
    const Floats right = hn::Load(d, b + kLanes);
#pragma GCC unroll 14
    for (int64_t r = 0; r < kRows; ++r) {
      const Floats element = hn::Set(d, a[r]);
      sums[r][0] = hn::MulAdd(element, left, sums[r][0]);
      sums[r][1] = hn::MulAdd(element, right, sums[r][1]);
    }
  }
}

template <int64_t kRows>
HWY_INLINE void PrefetchRows(const float* rows, int64_t stride) {
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    __builtin_prefetch(rows + r * stride);
    __builtin_prefetch(rows + r * stride + kPanel - 1);
  }
}

// Computes kRows rows of a tile, all columns of the panel.
template <int64_t kRows>
HWY_INLINE void RunRows(const PackedTile& tile) {
  constexpr int64_t kPrefetchDepth = 64;  // takes longer than memory does
  const FloatTag d;
  Floats sums[kRows][2];
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    const float* before = tile.adds ? tile.result + r * tile.result_stride : tile.bias;
    sums[r][0] = before == nullptr ? hn::Zero(d) : hn::LoadU(d, before);
    sums[r][1] = before == nullptr ? hn::Zero(d) : hn::LoadU(d, before + kLanes);
  }
  // Memory that is about to be written arrives during the last sums: fetched earlier, it would have
  // left the nearest cache again.
  const int64_t ahead = std::max<int64_t>(0, tile.depth - kPrefetchDepth);
  AddProducts<kRows>(ahead, tile.a, tile.panel, sums);
  PrefetchRows<kRows>(tile.result, tile.result_stride);
  if (tile.companion != nullptr) PrefetchRows<kRows>(tile.companion, tile.result_stride);
  AddProducts<kRows>(tile.depth - ahead, tile.a + ahead * kRows, tile.panel + ahead * kPanel, sums);
#pragma GCC unroll 14
  for (int64_t r = 0; r < kRows; ++r) {
    float* result = tile.result + r * tile.result_stride;
    hn::StoreU(sums[r][0], d, result);
    hn::StoreU(sums[r][1], d, result + kLanes);
  }
}

template <int64_t kRows>
void RunRowsOf(int64_t rows, const PackedTile& tile) {
  if (rows == kRows) return RunRows<kRows>(tile);
  if constexpr (kRows > 1) RunRowsOf<kRows - 1>(rows, tile);
}

// Computes a tile of `rows` rows, at most kTileRows.
inline void RunTile(int64_t rows, const PackedTile& tile) {
  if (tile.columns == kPanel) return RunRowsOf<kTileRows>(rows, tile);
  alignas(64) float result[kTileRows * kPanel] = {};
  for (int64_t r = 0; r < rows; ++r) {
    const float* before = tile.adds ? tile.result + r * tile.result_stride : tile.bias;
    if (before != nullptr) std::copy_n(before, tile.columns, result + r * kPanel);
  }
  PackedTile whole = tile;
  whole.adds = true;
  whole.result = result;
  whole.result_stride = kPanel;
  whole.companion = nullptr;
  RunRowsOf<kTileRows>(rows, whole);
  for (int64_t r = 0; r < rows; ++r) {
    std::copy_n(result + r * kPanel, tile.columns, tile.result + r * tile.result_stride);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#endif

// Packed operands of matrix products and the innermost loop over them. Included by
// matrix_product.cc only; only where HasMatrixProduct().
#pragma once

#include <cstdint>

#include "core/model/cpu/matrix_product.h"

namespace electra::cpu {

constexpr int64_t kPanel = 32;       // columns of a panel of B and of a tile
constexpr int64_t kTileRows = 14;    // at most
constexpr int64_t kTilesOfPart = 4;  // of a column-major A that are copied side by side

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

// target[depth, kPanel] = b[first .. first + depth, column .. column + columns], zero beyond.
void PackPanel(const MatrixView& b, int64_t first, int64_t depth, int64_t column, int64_t columns,
               float* target);

// Asks for part `part` of `parts` of what PackPanel() will read, before that is needed.
void PrefetchPanel(const MatrixView& b, int64_t first, int64_t depth, int64_t column,
                   int64_t columns, int64_t part, int64_t parts);

// target[depth, rows] = the rows of a row-major A that begin at `source`.
void PackTile(const float* source, int64_t stride, int64_t rows, int64_t depth, float* target);

// The same for tiles [first, last), at most kTilesOfPart, of a column-major A, `tile_floats` apart.
// Adds the sum of each of A's rows to `sums` [A's rows], unless that is nullptr.
void CopyTiles(const MatrixView& a, const Tiles& tiles, int64_t first, int64_t last,
               int64_t first_depth, int64_t depth, float* target, int64_t tile_floats, float* sums);

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

// Computes a tile of `rows` rows, at most kTileRows.
void RunTile(int64_t rows, const PackedTile& tile);

}  // namespace electra::cpu

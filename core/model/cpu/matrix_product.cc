// A product is cut as in Goto and van de Geijn 2008: a block of A's rows and a panel of B's columns
// are copied so that the innermost loop reads both from beginning to end, and a tile of the result
// stays in registers meanwhile.
//
// Why a product of our own: one that runs inside a team shares its threads with the rest of a layer
// (bias, activation, LayerNorm), so that no thread waits between two calls, and data that one phase
// wrote is in its thread's cache in the next. tests/bench/engine_parts_bench.cc times it.
#include "core/model/cpu/matrix_product.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/model/cpu/matrix_product.cc"
#include <hwy/foreach_target.h>  // includes this file once for each instruction set

#include "core/model/cpu/packed_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

constexpr int64_t kDepth = 512;             // of a step
constexpr int64_t kMostDepth = 8 * kDepth;  // of a piece

// Rows of a product, and the part of its depth that is packed at once. All of A's rows are packed
// into memory of the team, each by the thread that will probably read it; each thread packs panels
// of B for itself: data that another processor has written is slow to read.
class Piece {
 public:
  Piece(const MatrixProduct& product, int64_t first_row, int64_t rows, int64_t first_depth,
        int64_t depth, int threads)
      : product_(&product),
        tiles_(first_row, rows),
        first_depth_(first_depth),
        depth_(depth),
        threads_(threads),
        panels_(CeilDiv(product.columns, kPanel)) {
    const int64_t steps = std::max<int64_t>(1, CeilDiv(depth, kDepth));
    step_ = std::max<int64_t>(1, CeilDiv(CeilDiv(depth, steps), kLine) * kLine);
    // Threads share the rows of A where these are rows of memory, since the one that wrote them
    // should read them, else the longer side of the result.
    const bool shares_rows = !IsColumnMajor() || rows >= product.columns;
    row_parts_ = shares_rows ? std::clamp<int64_t>(rows / kFewestRows, 1, threads) : 1;
    const int64_t work = rows / row_parts_ * kPanel * depth;
    panels_of_part_ = std::clamp<int64_t>(kWorthAPart / (work + 1), 1, kMostPanelsOfPart);
    cuts_of_part_ = std::clamp<int64_t>(work / (4 * kWorthAPart), 1, kMostCuts);
    tiles_of_packing_ = IsColumnMajor() ? kTilesOfPart : 1;
  }

  // The part of its thread's memory that a range of the packing takes.
  int64_t floats() const {
    return CeilDiv(packing_parts(), threads_) * tiles_of_packing_ * TileFloats();
  }
  int64_t packing_parts() const { return CeilDiv(tiles_.count(), tiles_of_packing_); }
  // Panels one after the other, for each part of the rows.
  int64_t parts() const { return row_parts_ * CeilDiv(panels_, panels_of_part_) * cuts_of_part_; }

  // `place` is where the piece's memory begins in that of each thread.
  void Pack(const Team& team, int64_t part, int64_t place) const {
    const MatrixView& a = product_->a;
    const int64_t first = part * tiles_of_packing_;
    const int64_t last = std::min(tiles_.count(), first + tiles_of_packing_);
    if (!IsColumnMajor()) {
      for (int64_t t = first; t < last; ++t) {
        PackTile(a.data + tiles_.begin(t) * a.row_stride + first_depth_, a.row_stride,
                 tiles_.rows(t), depth_, PackedRows(team, t, place));
      }
      return;
    }
    float* sums = product_->row_sums;
    if (sums != nullptr && first_depth_ == 0) {
      std::fill(sums + tiles_.begin(first), sums + tiles_.begin(last), 0.0f);
    }
    float* target = PackedRows(team, first, place);
    CopyTiles(a, tiles_, first, last, first_depth_, depth_, target, TileFloats(), sums);
  }

  // Needs all of the packing.
  void Run(const Team& team, int64_t part, int64_t place) const {
    const int64_t parts_of_rows = parts() / row_parts_;
    const int64_t row_part = part / parts_of_rows;
    const int64_t first_cut = row_part * cuts_of_part_ + part % cuts_of_part_;
    const int64_t cuts = row_parts_ * cuts_of_part_;
    const int64_t first_tile = first_cut * tiles_.count() / cuts;
    const int64_t last_tile = (first_cut + 1) * tiles_.count() / cuts;
    const int64_t first_tile_of_rows = row_part * tiles_.count() / row_parts_;
    const int64_t tiles_of_rows = (row_part + 1) * tiles_.count() / row_parts_ - first_tile_of_rows;
    const int64_t first_panel = part % parts_of_rows / cuts_of_part_ * panels_of_part_;
    const int64_t last_panel = std::min(panels_, first_panel + panels_of_part_);
    for (int64_t panel = first_panel; panel < last_panel; ++panel) {
      const float* packed = PackedPanel(panel);
      for (int64_t t = first_tile; t < last_tile; ++t) {
        PrefetchNext(panel, t - first_tile_of_rows, tiles_of_rows);
        const float* rows = PackedRows(team, t, place);
        for (int64_t k = 0; k == 0 || k < depth_; k += step_) {
          RunOne(t, panel, k, std::min(step_, depth_ - k), rows, packed);
        }
      }
    }
  }

  // Before the first part: a piece of another call may have had the same address.
  static void ForgetPanel() { OwnMemory().piece = nullptr; }

 private:
  static constexpr int64_t kFewestRows = 8 * kTileRows;  // for which a panel is packed
  static constexpr int64_t kWorthAPart = 1 << 19;        // multiplications: some 10 microseconds
  static constexpr int64_t kMostPanelsOfPart = 16;
  static constexpr int64_t kMostCuts = 4;

  // One thread's own panel [depth, kPanel], kept while it runs parts that need the same.
  struct OwnPanel {
    alignas(64) float panel[kMostDepth * kPanel];
    const Piece* piece = nullptr;
    int64_t number = -1;
  };

  const float* PackedPanel(int64_t panel) const {
    OwnPanel& own = OwnMemory();
    if (own.piece == this && own.number == panel) return own.panel;
    const int64_t column = panel * kPanel;
    PackPanel(product_->b, first_depth_, depth_, column,
              std::min(kPanel, product_->columns - column), own.panel);
    own.piece = this;
    own.number = panel;
    return own.panel;
  }

  // Memory is idle while tiles are computed; packing a panel would wait for it.
  void PrefetchNext(int64_t panel, int64_t part, int64_t parts) const {
    const int64_t column = (panel + 1) * kPanel;
    if (column >= product_->columns) return;
    PrefetchPanel(product_->b, first_depth_, depth_, column,
                  std::min(kPanel, product_->columns - column), part, parts);
  }

  static OwnPanel& OwnMemory() {
    static thread_local const std::unique_ptr<OwnPanel> memory(new OwnPanel);
    return *memory;
  }

  // A matrix that is both (one row or column) is taken as column-major.
  bool IsColumnMajor() const { return product_->a.row_stride == 1; }

  int64_t TileFloats() const { return CeilDiv(kTileRows * depth_, kLine) * kLine; }

  // A tile's [depth, rows], in the memory of the thread whose range it is in: data that another one
  // has written there would be slow to overwrite.
  float* PackedRows(const Team& team, int64_t tile, int64_t place) const {
    const int64_t parts = packing_parts();
    const int64_t range = ((tile / tiles_of_packing_ + 1) * threads_ - 1) / parts;
    const int64_t first_tile = range * parts / threads_ * tiles_of_packing_;
    return team.memory(range) + place + (tile - first_tile) * TileFloats();
  }

  void RunOne(int64_t t, int64_t panel, int64_t k, int64_t depth, const float* packed_rows,
              const float* packed_panel) const {
    const MatrixProduct& product = *product_;
    const int64_t row = tiles_.begin(t);
    const int64_t column = panel * kPanel;
    const int64_t columns = std::min(kPanel, product.columns - column);
    const int64_t before = first_depth_ + k;
    const bool is_last = before + depth == product.depth;
    const float* companion = product.companion == nullptr || !is_last
                                 ? nullptr
                                 : product.companion + row * product.result_stride + column;
    RunTile(tiles_.rows(t), {.depth = depth,
                             .a = packed_rows + k * tiles_.rows(t),
                             .panel = packed_panel + k * kPanel,
                             .bias = product.bias == nullptr ? nullptr : product.bias + column,
                             .adds = product.adds || before > 0,
                             .result = product.result + row * product.result_stride + column,
                             .companion = companion,
                             .result_stride = product.result_stride,
                             .columns = columns});
    if (product.finish && is_last) product.finish({row, tiles_.rows(t), column, columns});
  }

  const MatrixProduct* product_;
  Tiles tiles_;
  int64_t first_depth_;
  int64_t depth_;
  int64_t threads_;
  int64_t panels_;
  int64_t step_;  // of the depth
  int64_t row_parts_;
  int64_t panels_of_part_;
  int64_t cuts_of_part_;  // of its rows: parts that follow each other share a packed panel
  int64_t tiles_of_packing_;
};

void RunPieces(Team& team, std::span<const Piece> pieces) {
  Piece::ForgetPanel();
  int64_t place = 0;
  for (const Piece& piece : pieces) {
    team.Start(piece.packing_parts(), [&](int64_t part) { piece.Pack(team, part, place); });
    place += piece.floats();
  }
  team.Wait();
  place = 0;
  for (const Piece& piece : pieces) {
    team.Start(piece.parts(), [&](int64_t part) { piece.Run(team, part, place); });
    place += piece.floats();
  }
  team.Wait();
}

void RunMatrixProducts(Team& team, std::span<const MatrixProduct> products) {
  std::vector<Piece> together;
  int64_t floats = 0;  // of each thread's memory
  const auto run = [&] {
    RunPieces(team, together);
    together.clear();
    floats = 0;
  };
  for (const MatrixProduct& product : products) {
    if (product.rows == 0 || product.columns == 0) continue;
    const int64_t depths = std::max<int64_t>(1, CeilDiv(product.depth, kMostDepth));
    const int64_t tiles =
        Team::kMemoryFloats / (kTileRows * CeilDiv(product.depth, depths) + kLine);
    const int64_t most_rows = tiles / kTilesOfPart * kTilesOfPart * kTileRows * team.threads();
    const int64_t blocks = CeilDiv(product.rows, most_rows);
    for (int64_t d = 0; d < depths; ++d) {
      const int64_t first_depth = d * product.depth / depths;
      const int64_t depth = (d + 1) * product.depth / depths - first_depth;
      for (int64_t block = 0; block < blocks; ++block) {
        const int64_t row = block * product.rows / blocks;
        const int64_t rows = (block + 1) * product.rows / blocks - row;
        const Piece piece(product, row, rows, first_depth, depth, team.threads());
        // Depths of a product add to the same result, one after the other.
        if (floats + piece.floats() > Team::kMemoryFloats || first_depth > 0) run();
        together.push_back(piece);
        floats += piece.floats();
      }
    }
  }
  run();
}

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace electra::cpu {

HWY_EXPORT(RunMatrixProducts);
void RunMatrixProducts(Team& team, std::span<const MatrixProduct> products) {
  HWY_DYNAMIC_DISPATCH(RunMatrixProducts)(team, products);
}

}  // namespace electra::cpu
#endif

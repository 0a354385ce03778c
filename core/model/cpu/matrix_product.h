// Matrix products, float32. A team of threads computes them together; each element is the same
// whoever computes it, and within rounding on every instruction set.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/model/cpu/team.h"

namespace electra::cpu {

// An operand's element (row, column) lies at data[row * row_stride + column * column_stride]; one
// of the strides is 1, so a matrix and its transpose are the same memory.
struct MatrixView {
  const float* data;
  int64_t row_stride;
  int64_t column_stride;
};

// A part of a result.
struct Tile {
  int64_t row;
  int64_t rows;
  int64_t column;
  int64_t columns;
};

// result[rows, columns] = a[rows, depth] x b[depth, columns] + bias[columns]
struct MatrixProduct {
  int64_t rows;
  int64_t columns;
  int64_t depth;
  MatrixView a;
  MatrixView b;
  const float* bias = nullptr;  // nullptr: none
  float* result;                // row-major
  int64_t result_stride;        // floats from a row to the next
  bool adds = false;            // to the values in `result`, instead of the bias
  float* row_sums = nullptr;    // [rows], of a column-major `a`; nullptr: not computed
  // Laid out as `result`: the part that `finish` reads or writes is in the nearest cache by then.
  const float* companion = nullptr;
  // Called once for each tile when it has its values, while the nearest cache holds it.
  std::function<void(const Tile& tile)> finish = {};
};

// Computes products that do not need each other's results. Every thread of the team calls it with
// the same products; all are done when it returns. Keeps some megabytes of packed operands for each
// thread that runs teams.
void RunMatrixProducts(Team& team, std::span<const MatrixProduct> products);

}  // namespace electra::cpu

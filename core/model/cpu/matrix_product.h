// Matrix products, float32, for processors on which this is faster than the library that libtorch
// links. The caller splits a product over threads by rows or columns of its result; each element
// is the same whoever computes it.
#pragma once

#include <cstdint>

namespace electra::cpu {

// Whether there is a kernel for this processor: AVX-512 on AMD, where MKL runs one for AVX2.
bool HasMatrixProduct();

// An operand's element (row, column) lies at data[row * row_stride + column * column_stride]; one
// of the strides is 1, so a matrix and its transpose are the same memory.
struct MatrixView {
  const float* data;
  int64_t row_stride;
  int64_t column_stride;
};

// result[rows, columns] = a[rows, depth] x b[depth, columns] + bias[columns]
struct MatrixProduct {
  int64_t depth;
  MatrixView a;
  MatrixView b;
  const float* bias;      // nullptr: none
  float* result;          // row-major
  int64_t result_stride;  // floats from a row to the next
  bool adds;              // to what `result` holds, instead of the bias
};

// Computes the part of the result in [first_row, last_row) x [first_column, last_column). Only
// where HasMatrixProduct(). Keeps about a megabyte of packed operands for each thread that calls.
void RunMatrixProduct(const MatrixProduct& product, int64_t first_row, int64_t last_row,
                      int64_t first_column, int64_t last_column);

}  // namespace electra::cpu

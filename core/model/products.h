// The matrix products of the networks. Private to core: includes libtorch.
//
// Those of float32 on a processor are core/model/cpu's, of which no element depends on the number
// of threads; others are libtorch's.
#pragma once

#include <ATen/ATen.h>

namespace electra {

// input [rows, in] x weight [out, in] transposed + bias [out] in float32 on a processor, with a
// backward pass. core/model/linear.h has the one for all others.
at::Tensor LinearMap(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias);

// a [rows, depth] x b [depth, columns], each also transposed, without a backward pass.
at::Tensor Product(const at::Tensor& a, const at::Tensor& b);

// sum [rows, columns] += a x b.
void AddProduct(const at::Tensor& sum, const at::Tensor& a, const at::Tensor& b);

// values [rows, columns] -> [columns], without a backward pass.
at::Tensor ColumnSums(const at::Tensor& values);

}  // namespace electra

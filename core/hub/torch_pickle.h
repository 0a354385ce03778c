// pytorch_model.bin: a state dict that torch.save wrote, in the zip form (torch 1.6 and later) and
// in the older form of one stream.
//
// Both hold a Python pickle, a program for a stack machine. It is never executed as Python would:
// a small interpreter of our own knows the opcodes that a dict of tensors needs and the few names
// it may mention (collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch.FloatStorage,
// ...); any other opcode or name is refused, named in the error. Sizes, strides, offsets and
// storages are checked against the file before a tensor is made.
//
//   ASSIGN_OR_RETURN(auto file, MappedFile::Open("pytorch_model.bin"));
//   ASSIGN_OR_RETURN(auto tensors, LoadTorchPickle(file));
//
// Contiguous tensors point into the mapped file; others are copied into row-major order. Tensors
// that share a storage share its bytes. A pure function of the file.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/file.h"
#include "core/hub/tensor.h"

namespace electra {

// PermissionDenied when the pickle names what is not a tensor; InvalidArgument or DataLoss when the
// file is not what it should be.
absl::StatusOr<std::map<std::string, Tensor>> LoadTorchPickle(
    const std::shared_ptr<const MappedFile>& file);

}  // namespace electra

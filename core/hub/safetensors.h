// safetensors: 8 bytes of header length (little-endian), a JSON header, the tensors' bytes.
//
// Reading maps the file and checks the whole header before a tensor is handed out: length within
// the file and 100 MB, bounded JSON without duplicate keys, known types, shapes whose product
// fits, and data offsets that cover the rest of the file without a hole or an overlap.
// The format's 8-bit floats, complex numbers and unsigned integers above 8 bits are not supported.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<SafetensorsFile> file, SafetensorsFile::Open(path));
//   for (const auto& [name, view] : file->tensors()) ...
//
// A SafetensorsFile is immutable: any number of threads may read it. Its views borrow from
// file->owner(), which may outlive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "core/base/file.h"
#include "core/hub/tensor.h"

namespace electra {

class SafetensorsFile {
 public:
  static absl::StatusOr<std::unique_ptr<SafetensorsFile>> Open(const std::string& path);
  static absl::StatusOr<std::unique_ptr<SafetensorsFile>> FromMapped(
      std::shared_ptr<const MappedFile> file);

  const std::map<std::string, TensorView>& tensors() const { return tensors_; }

  // `__metadata__` of the header; empty when there is none.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  std::shared_ptr<const void> owner() const { return file_; }

 private:
  SafetensorsFile(std::shared_ptr<const MappedFile> file, std::map<std::string, TensorView> tensors,
                  std::map<std::string, std::string> metadata)
      : file_(std::move(file)), tensors_(std::move(tensors)), metadata_(std::move(metadata)) {}

  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace electra

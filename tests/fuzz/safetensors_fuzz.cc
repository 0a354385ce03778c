// A safetensors file: what is accepted lies within the file, and its sizes are those of its shapes.
#include "core/hub/safetensors.h"
#include "tests/fuzz/fuzz_tensor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = electra::MapBytes(electra::AsText(data, size));
  const auto parsed = electra::SafetensorsFile::FromMapped(file);
  if (!parsed.ok()) return 0;
  for (const auto& [name, view] : (*parsed)->tensors()) electra::CheckTensor(view);
  return 0;
}

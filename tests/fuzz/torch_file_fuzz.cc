// pytorch_model.bin as it is: the zip container and the older form of one stream.
#include "core/hub/torch_pickle.h"
#include "tests/fuzz/fuzz_tensor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = electra::MapBytes(electra::AsText(data, size));
  const auto tensors = electra::LoadTorchPickle(file);
  if (!tensors.ok()) return 0;
  for (const auto& [name, tensor] : *tensors) electra::CheckTensor(tensor.view);
  return 0;
}

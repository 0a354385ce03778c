// The pickle inside pytorch_model.bin. The sums in a zip archive would refuse almost all that a
// fuzzer makes of one, so the archive is made round each input.
#include "core/hub/torch_pickle.h"
#include "tests/core/hub/torch_bytes.h"
#include "tests/fuzz/fuzz_tensor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string storage(64, '\x3f');
  const std::string archive = electra::MakeZip(
      {{.name = "archive/data.pkl", .data = std::string(electra::AsText(data, size))},
       {.name = "archive/data/0", .data = storage},
       {.name = "archive/data/1", .data = storage}});
  const auto tensors = electra::LoadTorchPickle(electra::MapBytes(archive));
  if (!tensors.ok()) return 0;
  for (const auto& [name, tensor] : *tensors) electra::CheckTensor(tensor.view);
  return 0;
}

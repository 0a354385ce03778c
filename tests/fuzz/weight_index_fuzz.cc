// model.safetensors.index.json, whose shards are names that a stranger chose.
#include <fstream>

#include "core/hub/weight_files.h"
#include "tests/fuzz/fuzz_tensor.h"
#include "tests/temporary_folder.h"

namespace electra {
namespace {

void ReadIndex(std::string_view bytes) {
  static const TemporaryFolder folder;
  static const bool written = [] {
    const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
    std::string file(8, '\0');
    file[0] = static_cast<char>(header.size());
    std::ofstream(folder.path() / "shard", std::ios::binary) << file << header << "1234";
    return true;
  }();
  static_cast<void>(written);
  std::ofstream(folder.path() / "model.safetensors.index.json", std::ios::binary) << bytes;
  const auto directory = ModelDirectory::Open(folder.path().string());
  Require(directory.ok());
  const auto weights = LoadWeights(*directory);
  if (!weights.ok()) return;
  for (const auto& [name, tensor] : *weights) CheckTensor(tensor.view);
}

}  // namespace
}  // namespace electra

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  electra::ReadIndex(electra::AsText(data, size));
  return 0;
}

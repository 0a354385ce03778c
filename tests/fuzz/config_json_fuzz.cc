// config.json: what is accepted is written so that it is read again as the same.
#include "core/hub/config_json.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = electra::ParseConfigJson(electra::AsText(data, size), "config.json");
  if (!config.ok()) return 0;
  const std::string written =
      electra::ConfigJson(*config, electra::Role::kGenerator, electra::DType::kFloat32);
  electra::Require(electra::ParseConfigJson(written, "config.json").ok());
  return 0;
}

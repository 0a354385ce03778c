// Hyperparameters as JSON: what is accepted is written so that it is read again without complaint.
#include "core/settings/hyperparameter_table.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto parsed = electra::ParseHyperparameters(electra::AsText(data, size));
  if (!parsed.violations.empty()) return 0;
  // 0 stands for what the model's size suggests, which the daemon puts in its place.
  if (parsed.values.learning_rate == 0) parsed.values.learning_rate = 1e-4;
  const std::string written = electra::HyperparametersToJson(parsed.values);
  electra::Require(electra::ParseHyperparameters(written).violations.empty());
  return 0;
}

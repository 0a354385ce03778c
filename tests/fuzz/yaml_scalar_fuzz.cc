// A value as people write it in a job file or the daemon's: what is read of one is what it says.
#include <cmath>

#include "core/base/yaml_scalar.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using electra::Require;
  const std::string_view text = electra::AsText(data, size);
  const std::optional<bool> boolean = electra::YamlBoolean(text);
  const std::optional<int64_t> integer = electra::YamlInteger(text);
  const std::optional<double> number = electra::YamlFloat(text);
  if (boolean) Require(!integer && !number);
  if (integer) {
    Require(electra::IsYamlInteger(text));
    // What is written again is the same number.
    Require(electra::YamlInteger(std::to_string(*integer)) == integer);
  }
  if (number) {
    Require(std::isfinite(*number));
    if (integer) Require(*number == static_cast<double>(*integer));
  }
  return 0;
}

// A job file: the first byte chooses JSON or YAML.
#include "client/jobfile/job_config.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using electra::client::ConfigSyntax;
  if (size == 0) return 0;
  const std::string text(electra::AsText(data + 1, size - 1));
  const ConfigSyntax syntax = data[0] % 2 == 0 ? ConfigSyntax::kJson : ConfigSyntax::kYaml;
  static_cast<void>(electra::client::ParseJobConfig(text, syntax, "job"));
  google::protobuf::Struct settings;
  static_cast<void>(electra::client::ApplySetting(text, settings));
  return 0;
}

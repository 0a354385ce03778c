// The self-test of the engine alone (selftest.h), for a machine that has a compiler and libtorch.
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "core/base/huge_pages.h"  // as the daemon does
#include "core/selftest/selftest.h"
#include "core/session/device.h"

namespace {

constexpr char kUsage[] =
    "Usage: engine_selftest [--device auto|cpu|cuda|cuda:N] [--json] [--quick]\n"
    "Exit status: 0 all passed, 1 a check failed, 2 arguments, 69 no such device\n";

}  // namespace

int main(int argc, char** argv) {
  electra::PrepareEnvironmentForCuda();
  electra::selftest::Options options{.self = {"/proc/self/exe"}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json") {
      options.format = electra::selftest::Format::kJson;
    } else if (argument == "--quick") {
      options.is_quick = true;
    } else if (argument == "--device" && i + 1 < argc) {
      options.device = argv[++i];
    } else if (argument == "--provoke" && i + 1 < argc) {
      options.provoke = argv[++i];
    } else {
      std::cerr << kUsage;
      return electra::selftest::kBadArguments;
    }
  }
  return electra::selftest::Run(options, std::cout);
}

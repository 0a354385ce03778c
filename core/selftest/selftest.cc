#include "core/selftest/selftest.h"

#include <ostream>

#include "core/selftest/groups.h"
#include "core/session/device.h"

namespace electra::selftest {

std::vector<Check> AllChecks(const Context& context) {
  std::vector<Check> all;
  for (const auto group : {DeviceChecks, StepChecks, AgreementChecks, RepeatChecks, PrecisionChecks,
                           SpeedChecks, RankChecks, FailureChecks}) {
    for (Check& check : group(context)) all.push_back(std::move(check));
  }
  return all;
}

int StatusOf(const Tally& tally) { return tally.failed == 0 ? kAllPassed : kSomeFailed; }

int Run(const Options& options, std::ostream& out) {
  const std::string device = ResolveDevice(options.device);
  if (device.empty()) {
    const Result result = NotHere("device " + options.device +
                                  " is not there: it must be auto, cpu, cuda or cuda:N, and this "
                                  "machine has " +
                                  std::to_string(ListDevices().size() - 1) + " CUDA devices");
    out << LineOf("device", result, 0, options.format) << std::endl;
    return kNoDevice;
  }
  if (options.provoke == kBadId) return ReadBeyondVocabulary(device);
  if (!options.provoke.empty()) return kBadArguments;
  UseDevice(device);
  const Context context{.device = device, .is_quick = options.is_quick, .self = options.self};
  return StatusOf(RunChecks(AllChecks(context), context, options.format, out));
}

}  // namespace electra::selftest

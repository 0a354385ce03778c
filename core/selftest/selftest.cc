#include "core/selftest/selftest.h"

#include <ostream>

#include "core/model/cpu/instruction_set.h"
#include "core/selftest/groups.h"
#include "core/session/device.h"

namespace electra::selftest {
namespace {

// Why nothing can be checked on `device`, which `requested` was resolved to; empty where it can.
std::string ProblemOf(const std::string& requested, const std::string& device) {
  const std::string cards = std::to_string(ListDevices().size() - 1) + " CUDA devices";
  if (device.empty()) {
    return "device " + requested +
           " is not there: it must be auto, cpu, cuda or cuda:N, and this " + "machine has " +
           cards;
  }
  if (device == "cpu" && !cpu::HasKernels()) {
    return "this build is for cards alone, since Highway was missing, and this machine has " +
           cards;
  }
  return "";
}

}  // namespace

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
  if (const std::string problem = ProblemOf(options.device, device); !problem.empty()) {
    out << LineOf("device", NotHere(problem), 0, options.format) << std::endl;
    return kNoDevice;
  }
  if (options.provoke == kBadId) return ReadBeyondVocabulary(device);
  if (!options.provoke.empty()) return kBadArguments;
  UseDevice(device);
  const Context context{.device = device, .is_quick = options.is_quick, .self = options.self};
  return StatusOf(RunChecks(AllChecks(context), context, options.format, out));
}

}  // namespace electra::selftest

#include "core/model/cpu/instruction_set.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/model/cpu/instruction_set.cc"
#include <hwy/foreach_target.h>  // as the kernels do: all agree on which there are
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace electra::cpu {
namespace HWY_NAMESPACE {

int64_t Target() { return HWY_TARGET; }

}  // namespace HWY_NAMESPACE
}  // namespace electra::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <iterator>
#include <vector>

namespace electra::cpu {
namespace {

struct Set {
  std::string_view name;
  int64_t target;
};
constexpr Set kSets[] = {
    {"avx512", HWY_AVX3}, {"avx2", HWY_AVX2}, {"neon", HWY_NEON}, {"baseline", HWY_EMU128}};

}  // namespace

HWY_EXPORT(Target);

bool HasKernels() { return true; }

std::span<const std::string_view> InstructionSets() {
  static const auto names = [] {
    // The last is emulated, and Highway does not list it as supported by a processor.
    const int64_t supported = (hwy::SupportedTargets() | HWY_EMU128) & HWY_TARGETS;
    std::vector<std::string_view> found;
    for (const Set& set : kSets) {
      if ((supported & set.target) != 0) found.push_back(set.name);
    }
    return found;
  }();
  return names;
}

std::string_view InstructionSet() {
  const auto* set = std::ranges::find(kSets, HWY_DYNAMIC_DISPATCH(Target)(), &Set::target);
  // A newer Highway may compile for sets that this list lacks.
  return set == std::end(kSets) ? "other" : set->name;
}

bool UseInstructionSet(std::string_view name) {
  const std::span<const std::string_view> names = InstructionSets();
  if (std::ranges::find(names, name) == names.end()) return false;
  hwy::SetSupportedTargetsForTest(std::ranges::find(kSets, name, &Set::name)->target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return true;
}

}  // namespace electra::cpu
#endif

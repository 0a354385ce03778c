// Which instructions the kernels of this folder use: the best that the processor has, unless told
// otherwise. Not thread-safe while kernels run.
//
// A kernel makes the same bits on any number of threads. On two instruction sets it keeps the same
// elements in dropout, and its results differ by at most 1e-5 of the largest of an array.
#pragma once

#include <span>
#include <string_view>

namespace electra::cpu {

// Whether there are kernels at all: not in a build without Highway (without_highway.cc), which is
// for machines with a card.
bool HasKernels();

// The names of the sets that this processor has and kernels are compiled for, the best first:
// "avx512", "avx2" or "neon", and finally "baseline", which every processor of its kind has.
std::span<const std::string_view> InstructionSets();

// The one in use.
std::string_view InstructionSet();

// Uses `name`, one of InstructionSets(), from now on, or returns false.
bool UseInstructionSet(std::string_view name);

}  // namespace electra::cpu

// Which instructions the kernels of this folder use: the best that the processor has, unless told
// otherwise. Not thread-safe beside kernels that run.
//
// A kernel makes the same bits on any number of threads. On two instruction sets it keeps the same
// elements in dropout, and its results are within 1e-5 of each other, of the largest of an array.
#pragma once

#include <span>
#include <string_view>

namespace electra::cpu {

// The names of those that this processor has and kernels are compiled for, the best first:
// "avx512", "avx2" or "neon", and at last "baseline", which every processor of its kind has.
std::span<const std::string_view> InstructionSets();

// One of them.
std::string_view InstructionSet();

// Of InstructionSets() takes `name` from now on, or returns false.
bool UseInstructionSet(std::string_view name);

}  // namespace electra::cpu

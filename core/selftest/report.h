// Runs checks and reports each result on a line as soon as it is known.
//
// Free functions without state.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "core/selftest/check.h"

namespace electra::selftest {

enum class Format { kText, kJson };

struct Tally {
  int passed = 0;
  int failed = 0;
  int not_here = 0;
};

// In their order; one that throws has failed, and the others go on. As JSON each line is an object
// with the strings check, measured, limit, verdict (pass, fail, not here) and note, and the number
// seconds; the last line has the numbers of Tally.
Tally RunChecks(std::span<const Check> checks, const Context& context, Format format,
                std::ostream& out);

// One line, as RunChecks writes it.
std::string LineOf(const std::string& check, const Result& result, double seconds, Format format);

}  // namespace electra::selftest

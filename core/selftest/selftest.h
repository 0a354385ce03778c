// The engine's self-test on one device: a user's first command on a new machine.
//
//   return selftest::Run({.device = "cuda:0", .self = {"/proc/self/exe", "selftest"}}, std::cout);
//
// Its text is synthetic and nothing is downloaded. It takes the device for minutes. Not
// thread-safe: it sets what holds for the whole process. engine_selftest.cc is the program of the
// engine alone, `electrad selftest` the daemon's.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "core/selftest/report.h"

namespace electra::selftest {

// Exit statuses.
inline constexpr int kAllPassed = 0;
inline constexpr int kSomeFailed = 1;
inline constexpr int kBadArguments = 2;
inline constexpr int kNoDevice = 69;  // sysexits.h calls it EX_UNAVAILABLE

struct Options {
  std::string device = "auto";  // auto, cpu, cuda, cuda:N
  Format format = Format::kText;
  bool is_quick = false;
  std::vector<std::string> self;  // as Context has it
  // If not empty, one thing that ends badly runs instead of the checks, for a check of the
  // parent's.
  std::string provoke;
};

// The one that `provoke` knows.
inline constexpr char kBadId[] = "bad-id";

// Every check, in the order in which they build on each other.
std::vector<Check> AllChecks(const Context& context);

// The exit status of a run of `checks`.
int StatusOf(const Tally& tally);

// The exit status.
int Run(const Options& options, std::ostream& out);

}  // namespace electra::selftest

// A check of the engine on a device: its name, its function and its result.
//
//   const Check check{"losses of two runs", [](const Context& context) -> Result {
//     const double difference = ...;
//     return {.measured = Number(difference), .limit = "at most 1e-6",
//             .verdict = PassIf(difference <= 1e-6)};
//   }};
//
// Plain data and pure functions. A check throws what the engine throws: that is a failure too.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace electra::selftest {

// kNotHere: this device, build or machine lacks what the check is about; the note says what.
enum class Verdict { kPass, kFail, kNotHere };

struct Result {
  std::string measured;
  std::string limit;  // "reported" where every measurement passes
  Verdict verdict = Verdict::kFail;
  std::string note = "";
};

// What all checks of a run have in common.
struct Context {
  std::string device;     // cpu, cuda:N
  bool is_quick = false;  // smaller shapes, for a test of the program itself
  // How this program's self-test is started again, without its options: for checks that end badly.
  std::vector<std::string> self;

  bool on_card() const { return device != "cpu"; }
};

struct Check {
  std::string name;
  std::function<Result(const Context& context)> run;
};

inline Verdict PassIf(bool holds) { return holds ? Verdict::kPass : Verdict::kFail; }

inline Result NotHere(std::string why) {
  return {.measured = "-", .limit = "-", .verdict = Verdict::kNotHere, .note = std::move(why)};
}

// With as many significant digits as a person compares.
inline std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace electra::selftest

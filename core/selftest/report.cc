#include "core/selftest/report.h"

#include <chrono>
#include <exception>
#include <ostream>
#include <string_view>

namespace electra::selftest {
namespace {

std::string_view WordOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kNotHere:
      return "not here";
  }
  return "fail";
}

// The engine alone has no JSON library.
std::string JsonString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned char>(c));
      quoted += escaped;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string Padded(std::string_view text, size_t width) {
  std::string padded(text);
  if (padded.size() < width) padded.resize(width, ' ');
  return padded;
}

// libtorch appends the C++ stack to its messages.
std::string FirstLineOf(std::string_view what) {
  return std::string(what.substr(0, what.find('\n')));
}

Result RunOne(const Check& check, const Context& context) {
  try {
    return check.run(context);
  } catch (const std::exception& error) {
    return {.measured = "an exception",
            .limit = "none",
            .verdict = Verdict::kFail,
            .note = FirstLineOf(error.what())};
  }
}

}  // namespace

std::string LineOf(const std::string& check, const Result& result, double seconds, Format format) {
  char time[32];
  std::snprintf(time, sizeof time, "%.1f", seconds);
  if (format == Format::kJson) {
    return "{\"check\": " + JsonString(check) + ", \"measured\": " + JsonString(result.measured) +
           ", \"limit\": " + JsonString(result.limit) +
           ", \"verdict\": " + JsonString(WordOf(result.verdict)) +
           ", \"note\": " + JsonString(result.note) + ", \"seconds\": " + time + "}";
  }
  constexpr size_t kVerdictWidth = 9;
  constexpr size_t kCheckWidth = 53;
  constexpr size_t kMeasuredWidth = 24;
  std::string line =
      Padded(WordOf(result.verdict), kVerdictWidth) + Padded(check, kCheckWidth) + " ";
  if (result.verdict == Verdict::kNotHere) return line + result.note;
  line += Padded(result.measured, kMeasuredWidth) + " " + result.limit;
  return result.note.empty() ? line : line + "; " + result.note;
}

Tally RunChecks(std::span<const Check> checks, const Context& context, Format format,
                std::ostream& out) {
  using Clock = std::chrono::steady_clock;
  Tally tally;
  for (const Check& check : checks) {
    const Clock::time_point start = Clock::now();
    const Result result = RunOne(check, context);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    out << LineOf(check.name, result, seconds, format) << std::endl;
    ++(result.verdict == Verdict::kPass   ? tally.passed
       : result.verdict == Verdict::kFail ? tally.failed
                                          : tally.not_here);
  }
  if (format == Format::kJson) {
    out << "{\"passed\": " << tally.passed << ", \"failed\": " << tally.failed
        << ", \"not_here\": " << tally.not_here << "}" << std::endl;
  } else {
    out << tally.passed << " passed, " << tally.failed << " failed, " << tally.not_here
        << " not here" << std::endl;
  }
  return tally;
}

}  // namespace electra::selftest

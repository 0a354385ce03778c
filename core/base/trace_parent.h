// W3C's trace context (https://www.w3.org/TR/trace-context/): joins the calls of several programs
// into one trace. OpenTelemetry carries it as metadata `traceparent` and as variable `TRACEPARENT`.
//
//   if (const std::optional<TraceParent> parent = ParseTraceParent(header)) Use(parent->trace_id);
//
// Pure functions of the standard library alone; client and server both use them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace electra {

struct TraceParent {
  std::string trace_id;  // 32 hexadecimal digits, not all of them 0
  std::string span_id;   // 16, of the caller's span
  std::string flags;     // 2; the lowest bit says that the caller records the trace

  // As version 00 writes it.
  std::string ToString() const { return "00-" + trace_id + "-" + span_id + "-" + flags; }
};

// nullopt for text that is not a valid trace parent.
inline std::optional<TraceParent> ParseTraceParent(std::string_view text) {
  const auto is_hex = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  };
  const auto is_zero = [](std::string_view part) {
    return part.find_first_not_of('0') == std::string_view::npos;
  };
  // VERSION "-" TRACE-ID "-" PARENT-ID "-" FLAGS; later versions may add to the end.
  constexpr size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return {};
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, 32);
  const std::string_view span = text.substr(36, 16);
  const std::string_view flags = text.substr(53, 2);
  if (!is_hex(version) || version == "ff" || !is_hex(trace) || !is_hex(span) || !is_hex(flags)) {
    return {};
  }
  if (text.size() > kLength && (version == "00" || text[kLength] != '-')) return {};
  if (is_zero(trace) || is_zero(span)) return {};
  return TraceParent{std::string(trace), std::string(span), std::string(flags)};
}

}  // namespace electra

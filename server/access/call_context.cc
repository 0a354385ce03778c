#include "server/access/call_context.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"

namespace electra {
namespace {

constexpr size_t kMostRequestId = 64;

std::string NewRequestId() {
  // Tells calls apart; nothing is protected by it.
  thread_local std::mt19937_64 random(std::random_device{}());
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad16));
}

bool IsRequestId(std::string_view text) {
  return !text.empty() && text.size() <= kMostRequestId &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

// The header's value; empty where it is not there exactly once.
std::string_view Header(const grpc::ServerContextBase& context, const char* name) {
  const auto [first, last] = context.client_metadata().equal_range(name);
  if (first == last || std::next(first) != last) return "";
  return {first->second.data(), first->second.size()};
}

}  // namespace

void ParseTraceParent(std::string_view header, CallContext* context) {
  // VERSION "-" TRACE-ID "-" PARENT-ID "-" FLAGS; later versions may add to the end.
  constexpr size_t kLength = 55;
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') return;
  const std::string_view version = header.substr(0, 2);
  const std::string_view trace = header.substr(3, 32);
  const std::string_view span = header.substr(36, 16);
  const std::string_view flags = header.substr(53, 2);
  if (!IsHex(version) || version == "ff" || !IsHex(trace) || !IsHex(span) || !IsHex(flags)) return;
  if (header.size() > kLength && (version == "00" || header[kLength] != '-')) return;
  if (IsZero(trace) || IsZero(span)) return;
  context->trace_id = std::string(trace);
  context->span_id = std::string(span);
}

CallContext CallContextOf(const grpc::ServerContextBase& context) {
  CallContext call;
  const std::string_view given = Header(context, kRequestIdHeader);
  call.request_id = IsRequestId(given) ? std::string(given) : NewRequestId();
  ParseTraceParent(Header(context, "traceparent"), &call);
  return call;
}

}  // namespace electra

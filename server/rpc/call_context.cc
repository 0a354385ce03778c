#include "server/rpc/call_context.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <random>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace electra::server {
namespace {

constexpr size_t kMostRequestId = 64;

std::string NewRequestId() {
  // Distinguishes calls; not for security.
  thread_local std::mt19937_64 random(std::random_device{}());
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad16));
}

bool IsRequestId(std::string_view text) {
  return !text.empty() && text.size() <= kMostRequestId &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

// The header's value; empty where it is not there exactly once.
std::string_view Header(const grpc::ServerContextBase& context, const char* name) {
  const auto [first, last] = context.client_metadata().equal_range(name);
  if (first == last || std::next(first) != last) return "";
  return {first->second.data(), first->second.size()};
}

}  // namespace

CallContext CallContextOf(const grpc::ServerContextBase& context) {
  CallContext call;
  const std::string_view given = Header(context, kRequestIdHeader);
  call.request_id = IsRequestId(given) ? std::string(given) : NewRequestId();
  call.trace = ParseTraceParent(Header(context, "traceparent"));
  return call;
}

Credentials CredentialsOf(const grpc::CallbackServerContext& context) {
  Credentials credentials;
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  for (auto header = first; header != last; ++header) {
    credentials.authorization.emplace_back(header->second.data(), header->second.size());
  }
  credentials.peer = context.peer();
  // TLS has verified it: a connection needs a certificate signed by our CA.
  if (const auto auth = context.auth_context(); auth != nullptr && auth->IsPeerAuthenticated()) {
    const auto names = auth->FindPropertyValues("x509_common_name");
    if (names.size() == 1) credentials.certificate.assign(names[0].data(), names[0].size());
  }
  return credentials;
}

}  // namespace electra::server

#include "core/download/http_download.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/loopback.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

constexpr size_t kMostError = size_t{4} << 10;         // of a body that is an error's
constexpr size_t kMostHeaderBytes = size_t{64} << 10;  // of an answer
constexpr long kBufferBytes = 256L << 10;
constexpr long kConnectLimit = 20;  // seconds
constexpr long kSilenceLimit = 30;  // seconds
constexpr int kMostRedirects = 5;

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};
template <typename T>
using CurlPtr = std::unique_ptr<T, FreeCurl>;

// A part of an address; nullopt where it lacks the part or is not an address.
std::optional<std::string> UrlPart(const std::string& url, CURLUPart part) {
  const CurlPtr<CURLU> parsed(curl_url());
  if (parsed == nullptr) throw std::bad_alloc();
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  char* text = nullptr;
  const unsigned flags = part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
  if (curl_url_get(parsed.get(), part, &text, flags) != CURLUE_OK) return std::nullopt;
  return std::string(CurlPtr<char>(text).get());
}

// Addresses such as http://127.0.0.1:8080/path: the traffic stays on this machine.
bool IsLoopbackUrl(const std::string& url) {
  const std::optional<std::string> host = UrlPart(url, CURLUPART_HOST);
  return host && IsLoopbackAddress(absl::StrCat(*host, ":1"));
}

// Scheme, host and port: the scope of a token.
std::string OriginOf(const std::string& url) {
  std::string origin;
  for (const CURLUPart part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
    absl::StrAppend(&origin, UrlPart(url, part).value_or(""), "\n");
  }
  return absl::AsciiStrToLower(origin);
}

// Without the query: a server may have put a signature there.
std::string ForPeople(const std::string& url) { return url.substr(0, url.find('?')); }

// One request as libcurl calls back from it.
struct Transfer {
  CURL* curl = nullptr;
  const HttpClient::Sink* sink = nullptr;
  const std::function<bool()>* is_cancelled = nullptr;
  HttpAnswer answer;
  size_t header_bytes = 0;
  absl::Status status;  // of the sink, or why the call was given up here
};

size_t TakeHeader(char* data, size_t one, size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, one * count);
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kMostHeaderBytes) {
    transfer.status = absl::InternalError("the headers of an HTTP answer are too long");
    return 0;
  }
  // Drops the headers of earlier answers (a proxy's, "100 Continue").
  if (line.starts_with("HTTP/")) transfer.answer.headers.clear();
  const size_t colon = line.find(':');
  if (colon != line.npos) {
    const std::string name = absl::AsciiStrToLower(std::string(line.substr(0, colon)));
    transfer.answer.headers[name] =
        std::string(absl::StripAsciiWhitespace(std::string(line.substr(colon + 1))));
  }
  return line.size();
}

size_t TakeBody(char* data, size_t one, size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  const std::string_view bytes(data, one * count);
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = status;
  if (status < 200 || status > 299) {
    std::string& error = transfer.answer.error;
    error.append(bytes.substr(0, kMostError - std::min(kMostError, error.size())));
    return error.size() < kMostError ? bytes.size() : 0;
  }
  transfer.status = (*transfer.sink)(transfer.answer, bytes);
  return transfer.status.ok() ? bytes.size() : 0;
}

// libcurl asks at least once a second.
int AskWhetherWanted(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (!(*transfer.is_cancelled)()) return 0;
  transfer.status = HubCancelled();
  return 1;
}

// Fails only without memory, or where this libcurl lacks the option, which is our mistake.
template <typename Value>
void Set(CURL* curl, CURLoption option, Value value) {
  if (curl_easy_setopt(curl, option, value) != CURLE_OK) throw std::bad_alloc();
}

CurlPtr<curl_slist> HeadersOf(const std::string& bearer) {
  if (bearer.empty()) return nullptr;
  CurlPtr<curl_slist> list(
      curl_slist_append(nullptr, absl::StrCat("Authorization: Bearer ", bearer).c_str()));
  if (list == nullptr) throw std::bad_alloc();
  return list;
}

void SetUp(const HttpClient::Options& options, const HttpRequest& request, Transfer* transfer) {
  CURL* curl = transfer->curl;
  const bool is_loopback = IsLoopbackUrl(request.url);
  Set(curl, CURLOPT_URL, request.url.c_str());
  Set(curl, CURLOPT_PROTOCOLS_STR, is_loopback ? "http,https" : "https");
  if (is_loopback) Set(curl, CURLOPT_PROXY, "");
  Set(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  Set(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) Set(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  Set(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
  Set(curl, CURLOPT_NOSIGNAL, 1L);
  Set(curl, CURLOPT_BUFFERSIZE, kBufferBytes);
  Set(curl, CURLOPT_CONNECTTIMEOUT, kConnectLimit);
  Set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  Set(curl, CURLOPT_LOW_SPEED_TIME, kSilenceLimit);
  // Not libcurl's own way to resume, which fails where a server sends the whole file instead.
  if (request.offset > 0) Set(curl, CURLOPT_RANGE, absl::StrCat(request.offset, "-").c_str());
  Set(curl, CURLOPT_HEADERFUNCTION, &TakeHeader);
  Set(curl, CURLOPT_HEADERDATA, transfer);
  Set(curl, CURLOPT_WRITEFUNCTION, &TakeBody);
  Set(curl, CURLOPT_WRITEDATA, transfer);
  Set(curl, CURLOPT_NOPROGRESS, 0L);
  Set(curl, CURLOPT_XFERINFOFUNCTION, &AskWhetherWanted);
  Set(curl, CURLOPT_XFERINFODATA, transfer);
}

absl::Status StatusOf(CURLcode code, const char* details, const std::string& url) {
  const std::string why = *details != '\0' ? details : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
      return FailedPreconditionError("HUB_NOT_TRUSTED", "{url}: TLS does not vouch for it: {why}",
                                     ForPeople(url), why);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return FailedPreconditionError("HUB_ADDRESS", "{url} is not an address of https",
                                     ForPeople(url));
    default:
      return absl::UnavailableError(why);
  }
}

// One request without its redirects. `next` is where the answer leads.
absl::StatusOr<HttpAnswer> GetOnce(const HttpClient::Options& options, const HttpRequest& request,
                                   const HttpClient::Sink& sink,
                                   const std::function<bool()>& is_cancelled, std::string* next) {
  const CurlPtr<CURL> curl(curl_easy_init());
  if (curl == nullptr) throw std::bad_alloc();
  Transfer transfer{.curl = curl.get(), .sink = &sink, .is_cancelled = &is_cancelled};
  const CurlPtr<curl_slist> headers = HeadersOf(request.bearer);
  SetUp(options, request, &transfer);
  if (headers != nullptr) Set(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  char details[CURL_ERROR_SIZE] = "";
  Set(curl.get(), CURLOPT_ERRORBUFFER, details);
  const CURLcode code = curl_easy_perform(curl.get());
  RETURN_IF_ERROR(transfer.status);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = status;
  // Enough of the error's text was read.
  const bool is_error_answer = status >= 300 && code == CURLE_WRITE_ERROR;
  if (code != CURLE_OK && !is_error_answer) return StatusOf(code, details, request.url);
  char* location = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &location);
  if (status >= 300 && status <= 399 && location != nullptr) *next = location;
  return std::move(transfer.answer);
}

}  // namespace

absl::Status HubCancelled() {
  return CancelledError("HUB_CANCELLED", "cancelled while the hub was asked");
}

std::string HttpAnswer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpClient::HttpClient(Options options) : options_(std::move(options)) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::bad_alloc();
}

absl::StatusOr<HttpAnswer> HttpClient::Get(const HttpRequest& request, const Sink& sink,
                                           const std::function<bool()>& is_cancelled) const {
  HttpRequest hop = request;
  for (int redirects = 0;; ++redirects) {
    std::string next;
    ASSIGN_OR_RETURN(HttpAnswer answer, GetOnce(options_, hop, sink, is_cancelled, &next));
    if (next.empty()) return answer;
    if (redirects >= kMostRedirects) {
      return FailedPreconditionError("HUB_REDIRECTS", "{url} redirects more than {most} times",
                                     ForPeople(request.url), kMostRedirects);
    }
    const std::optional<std::string> scheme = UrlPart(next, CURLUPART_SCHEME);
    const bool stays_here = scheme == "http" && IsLoopbackUrl(request.url) && IsLoopbackUrl(next);
    if (scheme != "https" && !stays_here) {
      return FailedPreconditionError(
          "HUB_REDIRECT", "{url} redirects to {next}: only redirects to https are followed",
          ForPeople(hop.url), ForPeople(next));
    }
    if (OriginOf(next) != OriginOf(hop.url)) hop.bearer.clear();
    hop.url = next;
  }
}

absl::Status CheckEndpoint(const std::string& what, const std::string& url) {
  const std::optional<std::string> scheme = UrlPart(url, CURLUPART_SCHEME);
  const bool is_safe = scheme == "https" || (scheme == "http" && IsLoopbackUrl(url));
  const bool is_plain = !UrlPart(url, CURLUPART_USER) && !UrlPart(url, CURLUPART_QUERY) &&
                        !UrlPart(url, CURLUPART_FRAGMENT);
  if (url.find("://") != url.npos && is_safe && is_plain) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " is \"", url,
                   "\": it must be an address that begins with https:// and "
                   "has no user, query or fragment; empty: nothing is fetched"));
}

std::string PercentEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace electra

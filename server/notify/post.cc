#include "server/notify/post.h"

#include <curl/curl.h>

#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/base/version.h"

namespace electra::server {
namespace {

constexpr long kTimeLimitMs = 10'000;
constexpr long kConnectLimitMs = 5'000;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeHeaders {
  void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
};
using Headers = std::unique_ptr<curl_slist, FreeHeaders>;

Headers RequestHeaders() {
  curl_slist* headers = nullptr;
  for (const std::string& line :
       {std::string("Content-Type: application/json; charset=utf-8"),
        absl::StrCat("User-Agent: electrad/", kVersion), std::string("Expect:")}) {
    headers = curl_slist_append(headers, line.c_str());
  }
  return Headers(headers);
}

// Ignores the body of the answer.
size_t Discard(const char*, size_t size, size_t count, void*) { return size * count; }

// Not 0: the transfer is to end.
int IsStopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

}  // namespace

PostAnswer PostJson(const std::string& url, const std::string& body,
                    const std::atomic<bool>& stop) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
  if (kReady != CURLE_OK || handle == nullptr) return {.status = 0, .error = "no HTTP client"};
  const Headers headers = RequestHeaders();
  std::array<char, CURL_ERROR_SIZE> error{};
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTimeLimitMs);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectLimitMs);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // other threads run
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Discard);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &IsStopped);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stop));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  const CURLcode done = curl_easy_perform(curl);
  PostAnswer answer;
  if (done != CURLE_OK) {
    answer.error = error.front() == '\0' ? curl_easy_strerror(done) : error.data();
    return answer;
  }
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace electra::server

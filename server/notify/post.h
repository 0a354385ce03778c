// One POST of JSON, over HTTP or HTTPS, that follows no redirect.
//
//   const PostAnswer answer = PostJson(url, R"({"text": "done"})", stopping);
//
// Blocks for ten seconds at most, and for about a second once `stop` is set. Proxies come from the
// environment (https_proxy, no_proxy). Free function; thread-safe.
#pragma once

#include <atomic>
#include <string>

namespace electra::server {

struct PostAnswer {
  long status = 0;    // of HTTP; 0: there was no answer
  std::string error;  // why there was none; names the host at most

  bool is_accepted() const { return status >= 200 && status < 300; }
  // Whether the same may be accepted later: no answer, too many requests, a server that is down.
  bool is_worth_a_retry() const {
    return status == 0 || status == 408 || status == 425 || status == 429 || status >= 500;
  }
};

PostAnswer PostJson(const std::string& url, const std::string& body, const std::atomic<bool>& stop);

}  // namespace electra::server

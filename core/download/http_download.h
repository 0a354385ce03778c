// One file over HTTP, with bounds: libcurl with TLS verified, redirects to https only, time limits
// for connections and for silence, and no more than a piece of an answer in memory.
//
//   HttpClient http({.user_agent = "electra/1.0"});
//   ASSIGN_OR_RETURN(const HttpAnswer answer, http.Get({.url = url}, sink, is_cancelled));
//   if (answer.status == 200) ...
//
// Thread-safe: each call has a connection of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace electra {

struct HttpRequest {
  std::string url;
  std::string bearer;  // only for the server of `url`, not for its redirects
  int64_t offset = 0;  // from this byte on, where the server can: then the answer's status is 206
};

struct HttpAnswer {
  int64_t status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string error;                           // the beginning of a body that is not the file

  // Empty where there is none.
  std::string header(const std::string& name) const;
};

class HttpClient {
 public:
  struct Options {
    std::string user_agent;
    std::string ca_file;  // PEM; empty: the system's
  };
  // Takes the next bytes of an answer with a status from 200 to 299. Its error ends the call.
  using Sink = std::function<absl::Status(const HttpAnswer& answer, std::string_view bytes)>;

  explicit HttpClient(Options options);

  // Any status of an answer is an answer. Unavailable: there was no connection, or it broke or fell
  // silent; FailedPrecondition: TLS does not vouch for the server, or it redirects to something
  // other than https (or, from this machine, to this machine); Cancelled.
  absl::StatusOr<HttpAnswer> Get(const HttpRequest& request, const Sink& sink,
                                 const std::function<bool()>& is_cancelled) const;

 private:
  const Options options_;
};

// Cancelled, as the caller asked.
absl::Status HubCancelled();

// An address of https, or of http on this machine; without user, query and fragment. `what` begins
// the sentence of an error.
absl::Status CheckEndpoint(const std::string& what, const std::string& url);

// %2F and the like for all but letters, digits, '-', '.', '_' and '~'.
std::string PercentEncoded(std::string_view text);

}  // namespace electra

// The Hugging Face hub: which commit a revision means, and its files, resumed after a broken
// connection and checked against the hub's sizes and digests.
//
//   const Hub hub({.program = "electrad", .endpoint = settings.hub_endpoint, .token = token});
//   ASSIGN_OR_RETURN(const Repository repository, hub.Describe(name, is_cancelled));
//   RETURN_IF_ERROR(hub.Download(repository, repository.files[0], path, {...}));
//
// Thread-safe. Connects only to the endpoint and its redirects over https.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/hub_name.h"
#include "core/download/http_download.h"
#include "core/download/repository.h"

namespace electra {

// Whether `status` says that the hub shows no such repository; private ones are among them.
bool IsNoRepository(const absl::Status& status);

class Hub {
 public:
  struct Options {
    std::string program;   // "electrad": what errors call this program
    std::string version;   // of it
    std::string endpoint;  // as CheckEndpoint() accepts it; empty: nothing is fetched
    std::string token;     // of an account of the hub; empty: none
    std::string ca_file;   // PEM; empty: the system's
  };
  // How a download is watched.
  struct Observer {
    std::function<bool()> is_cancelled;
    std::function<void(int64_t bytes)> on_bytes;  // how many are there now, of this file
    // It broke off, and is tried again; empty: nobody is told.
    std::function<void(const absl::Status& why)> on_retry = nullptr;
  };

  explicit Hub(Options options);

  // FailedPrecondition where fetching is off.
  absl::Status CheckIsOn() const;

  // NotFound: the hub shows no such repository (IsNoRepository) or revision; PermissionDenied: it
  // is gated, or the token is refused; FailedPrecondition: the hub cannot be reached;
  // ResourceExhausted: it asks to wait; and the errors of ParseRepository.
  absl::StatusOr<Repository> Describe(const HubName& name,
                                      const std::function<bool()>& is_cancelled) const;

  // Into `path`, where a part of it may be already. The errors of Describe(), and DataLoss: the
  // content does not match the hub's description; it is removed.
  absl::Status Download(const Repository& repository, const RepositoryFile& file,
                        const std::filesystem::path& path, const Observer& observer) const;

 private:
  absl::StatusOr<HttpAnswer> Get(const HttpRequest& request, const HttpClient::Sink& sink,
                                 const std::function<bool()>& is_cancelled) const;
  absl::Status DownloadRest(const std::string& repository, const HttpRequest& request,
                            const RepositoryFile& file, const std::filesystem::path& path,
                            const Observer& observer) const;

  const Options options_;
  const HttpClient http_;
};

}  // namespace electra

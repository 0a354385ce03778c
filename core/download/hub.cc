#include "core/download/hub.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/message.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/download/git_blob.h"
#include "core/download/partial_file.h"

namespace electra {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostDescription = size_t{16} << 20;
// Failures in a row, without a byte between them.
constexpr int kMostFailures = 5;
constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(30);
// Does not wait for a hub that asks for more.
constexpr int64_t kMostRetryAfter = 60;  // seconds

constexpr std::string_view kNoRepository = "HUB_NO_REPOSITORY";

absl::Status Pause(absl::Duration time, const std::function<bool()>& is_cancelled) {
  constexpr absl::Duration kSlice = absl::Milliseconds(100);
  for (absl::Duration left = time; left > absl::ZeroDuration(); left -= kSlice) {
    if (is_cancelled()) return HubCancelled();
    absl::SleepFor(std::min(left, kSlice));
  }
  return absl::OkStatus();
}

bool IsBusy(int64_t status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

// How many seconds the hub asks to wait; nullopt where it does not give seconds.
std::optional<int64_t> RetryAfter(const HttpAnswer& answer) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(answer.header("retry-after"), &seconds) || seconds < 0) return std::nullopt;
  return seconds;
}

absl::Status NoRepository(const std::string& program, const std::string& repository) {
  return NotFoundError(
      "HUB_NO_REPOSITORY",
      "the hub shows no repository {repository}: check the name; a private one needs the token of "
      "an account that may read it, as HF_TOKEN in {program}'s environment",
      repository, program);
}

absl::Status Answered(const std::string& repository, int64_t status) {
  return FailedPreconditionError("HUB_ANSWER",
                                 "the hub answers for {repository} with HTTP status {status}",
                                 repository, status);
}

// Why an answer is not the expected one.
absl::Status StatusOf(const std::string& program, const HttpAnswer& answer, const HubName& name) {
  const std::string code = answer.header("x-error-code");
  const std::string& repository = name.repository;
  if (code == "RevisionNotFound") {
    return NotFoundError("HUB_NO_REVISION", "{repository} has no revision {revision}", repository,
                         name.revision);
  }
  if (code == "GatedRepo") {
    return PermissionDeniedError(
        "HUB_GATED",
        "{repository} is gated: accept its terms on the hub, and give {program} a token of that "
        "account as HF_TOKEN in its environment",
        repository, program);
  }
  if (answer.status == 401 && answer.header("x-error-message").starts_with("Invalid credentials")) {
    return PermissionDeniedError("HUB_TOKEN_REFUSED",
                                 "the hub refuses the HF_TOKEN in {program}'s environment: it has "
                                 "expired or was revoked",
                                 program);
  }
  // To strangers, the hub answers the same for private repositories as for missing ones.
  if (code == "RepoNotFound" || answer.status == 401 || answer.status == 404) {
    return NoRepository(program, repository);
  }
  if (answer.status == 429) {
    return ResourceExhaustedError("HUB_BUSY",
                                  "the hub asks to wait {seconds} seconds before {repository} is "
                                  "fetched: try again then",
                                  RetryAfter(answer).value_or(kMostRetryAfter), repository);
  }
  return Answered(repository, answer.status);
}

// libcurl's error of a connection, for people.
absl::Status Unreachable(const Hub::Options& options, const absl::Status& status) {
  if (status.code() != absl::StatusCode::kUnavailable) return status;
  return FailedPreconditionError("HUB_UNREACHABLE", "{program} cannot reach the hub {hub}: {why}",
                                 options.program, options.endpoint, status);
}

absl::Status Damaged(const std::string& file, std::string_view digest) {
  return DataLossError("HUB_DAMAGED",
                       "{file} was damaged on its way from the hub: its {digest} differs", file,
                       digest);
}

absl::Status CheckDigest(const RepositoryFile& file, const fs::path& path) {
  if (!file.sha256.empty()) {
    ASSIGN_OR_RETURN(const std::string sha256, FileSha256Hex(path));
    return sha256 == file.sha256 ? absl::OkStatus() : Damaged(file.name, "SHA-256");
  }
  ASSIGN_OR_RETURN(const std::string sha1, GitBlobSha1Hex(path));
  return sha1 == file.blob_sha1 ? absl::OkStatus() : Damaged(file.name, "git digest");
}

}  // namespace

bool IsNoRepository(const absl::Status& status) {
  return MessageOf(status).code() == kNoRepository;
}

Hub::Hub(Options options)
    : options_(std::move(options)),
      http_({.user_agent = absl::StrCat(options_.program, "/", options_.version),
             .ca_file = options_.ca_file}) {}

absl::Status Hub::CheckIsOn() const {
  if (!options_.endpoint.empty()) return absl::OkStatus();
  return FailedPreconditionError(
      "HUB_OFF",
      "this electrad fetches nothing from the Hugging Face hub: its setting hub_endpoint is empty");
}

absl::StatusOr<HttpAnswer> Hub::Get(const HttpRequest& request, const HttpClient::Sink& sink,
                                    const std::function<bool()>& is_cancelled) const {
  HttpRequest authorized = request;
  authorized.url = absl::StrCat(absl::StripSuffix(options_.endpoint, "/"), request.url);
  authorized.bearer = options_.token;
  return http_.Get(authorized, sink, is_cancelled);
}

absl::StatusOr<Repository> Hub::Describe(const HubName& name,
                                         const std::function<bool()>& is_cancelled) const {
  RETURN_IF_ERROR(CheckIsOn());
  const std::string revision = name.revision.empty() ? "main" : name.revision;
  const HttpRequest request{.url = absl::StrCat("/api/models/", name.repository, "/revision/",
                                                PercentEncoded(revision), "?blobs=true")};
  absl::Duration pause = kFirstPause;
  for (int failures = 1;; ++failures, pause = std::min(2 * pause, kLongestPause)) {
    std::string json;
    const auto take = [&](const HttpAnswer&, std::string_view bytes) -> absl::Status {
      if (json.size() + bytes.size() > kMostDescription) {
        return InvalidArgumentError(
            "HUB_DESCRIPTION_SIZE",
            "the hub's description of {repository} has more than {most} bytes", name.repository,
            kMostDescription);
      }
      json.append(bytes);
      return absl::OkStatus();
    };
    const absl::StatusOr<HttpAnswer> answer = Get(request, take, is_cancelled);
    // Not tried again: a client may have the files without a hub.
    if (!answer.ok()) return Unreachable(options_, answer.status());
    if (answer->status == 200) return ParseRepository(name.repository, json);
    const std::optional<int64_t> wait = RetryAfter(*answer);
    const bool is_again =
        IsBusy(answer->status) && failures < kMostFailures && wait.value_or(0) <= kMostRetryAfter;
    if (!is_again) return StatusOf(options_.program, *answer, {name.repository, revision});
    RETURN_IF_ERROR(Pause(wait ? absl::Seconds(*wait) : pause, is_cancelled));
  }
}

absl::Status Hub::Download(const Repository& repository, const RepositoryFile& file,
                           const fs::path& path, const Observer& observer) const {
  RETURN_IF_ERROR(CheckIsOn());
  HttpRequest request{
      .url = absl::StrCat("/", repository.name, "/resolve/", repository.commit, "/", file.name)};
  absl::Duration pause = kFirstPause;
  for (int failures = 1;; ++failures, pause = std::min(2 * pause, kLongestPause)) {
    request.offset = PartialFile::SizeOf(path);
    if (request.offset == file.size_bytes && fs::exists(path)) break;
    const absl::Status status = DownloadRest(repository.name, request, file, path, observer);
    if (status.ok()) continue;
    const bool is_broken = status.code() == absl::StatusCode::kUnavailable;
    if (PartialFile::SizeOf(path) > request.offset) {
      failures = 0;
      pause = kFirstPause;
    }
    if (!is_broken || failures >= kMostFailures) return Unreachable(options_, status);
    if (observer.on_retry) observer.on_retry(status);
    RETURN_IF_ERROR(Pause(pause, observer.is_cancelled));
  }
  const absl::Status checked = CheckDigest(file, path);
  std::error_code ignored;
  if (!checked.ok()) fs::remove(path, ignored);
  return checked;
}

// Starts at request.offset. Unavailable: it broke off, and may be continued.
absl::Status Hub::DownloadRest(const std::string& repository, const HttpRequest& request,
                               const RepositoryFile& file, const fs::path& path,
                               const Observer& observer) const {
  ASSIGN_OR_RETURN(PartialFile partial, PartialFile::Open(path));
  bool is_first = true;
  const auto take = [&](const HttpAnswer& answer, std::string_view bytes) -> absl::Status {
    const bool continues =
        answer.status == 206 &&
        answer.header("content-range").starts_with(absl::StrCat("bytes ", request.offset, "-"));
    // The whole file came, though only its rest was requested.
    if (is_first && !continues) RETURN_IF_ERROR(partial.Clear());
    is_first = false;
    if (partial.size() + static_cast<int64_t>(bytes.size()) > file.size_bytes) {
      RETURN_IF_ERROR(partial.Clear());
      return DataLossError("HUB_FILE_SIZE",
                           "{file} is longer than the {size} bytes that the hub announced",
                           file.name, file.size_bytes);
    }
    RETURN_IF_ERROR(partial.Append(bytes));
    observer.on_bytes(partial.size());
    return absl::OkStatus();
  };
  // Also while the hub is silent; the receiver drops progress that comes too fast.
  const auto is_cancelled = [&] {
    observer.on_bytes(partial.size());
    return observer.is_cancelled();
  };
  ASSIGN_OR_RETURN(const HttpAnswer answer, Get(request, take, is_cancelled));
  const std::optional<int64_t> wait = RetryAfter(answer);
  if (IsBusy(answer.status) && wait.value_or(0) <= kMostRetryAfter) {
    RETURN_IF_ERROR(Pause(absl::Seconds(wait.value_or(0)), observer.is_cancelled));
    return absl::UnavailableError(absl::StrCat("HTTP status ", answer.status));
  }
  if (answer.status != 200 && answer.status != 206) {
    // An answer without a reason is from the server that holds the content.
    const bool is_explained = answer.status == 429 || !answer.header("x-error-code").empty();
    if (!is_explained) return Answered(repository, answer.status);
    return StatusOf(options_.program, answer, {.repository = repository});
  }
  if (partial.size() == file.size_bytes) return partial.Sync();
  return absl::UnavailableError(
      absl::StrCat("it ended after ", partial.size(), " of ", file.size_bytes, " bytes"));
}

}  // namespace electra

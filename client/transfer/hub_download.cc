#include "client/transfer/hub_download.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/files/local_file.h"
#include "client/i18n/phrases.h"
#include "client/text/visible_text.h"
#include "core/base/file.h"
#include "core/base/status_macros.h"
#include "core/download/hub.h"
#include "core/download/pair.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

constexpr char kDefaultEndpoint[] = "https://huggingface.co";
constexpr int64_t kMostTokenBytes = 4096;
constexpr absl::Duration kLockLook = absl::Milliseconds(100);

std::string VariableOf(const Environment& environment, const char* name) {
  return environment.variable(name).value_or("");
}

// HF_TOKEN, else the token that `hf auth login` wrote next to the cache.
std::string TokenOf(const Environment& environment) {
  std::string token = VariableOf(environment, "HF_TOKEN");
  if (token.empty()) {
    const std::string home = HubHomeFolder(environment.variable);
    const auto stored = ReadWhole((fs::path(home) / "token").string(), kMostTokenBytes);
    if (!home.empty() && stored.ok()) token = *stored;
  }
  return std::string(absl::StripAsciiWhitespace(token));
}

absl::Status NotWritten(const fs::path& path, int error) {
  return FailedPrecondition(kPhrases.cannot_write, Visible(path.string()), SystemReason(error));
}

absl::Status MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? NotWritten(path, error.value()) : absl::OkStatus();
}

// The lock that huggingface_hub takes on a blob while it fetches it.
absl::StatusOr<FileDescriptor> Lock(const fs::path& path,
                                    const std::function<bool()>& is_cancelled) {
  RETURN_IF_ERROR(MakeFolder(path.parent_path()));
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return NotWritten(path, errno);
  while (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return NotWritten(path, errno);
    if (is_cancelled()) return HubCancelled();
    absl::SleepFor(kLockLook);
  }
  return file;
}

// Creates a link in one step; an existing one stays.
absl::Status Link(const fs::path& target, const fs::path& path) {
  std::error_code error;
  if (fs::exists(path, error)) return absl::OkStatus();
  const fs::path unfinished = absl::StrCat(path.string(), ".", getpid(), ".link");
  fs::remove(unfinished, error);
  fs::create_symlink(target, unfinished, error);
  if (!error) fs::rename(unfinished, path, error);
  return error ? NotWritten(path, error.value()) : absl::OkStatus();
}

class CacheWriter {
 public:
  CacheWriter(const Hub& hub, fs::path cache, std::function<bool()> is_cancelled,
              const DownloadProgress& progress)
      : hub_(hub),
        cache_(std::move(cache)),
        is_cancelled_(std::move(is_cancelled)),
        progress_(progress) {}

  absl::StatusOr<CachedRepository> Write(const HubName& name, const Repository& repository) {
    const std::string folder =
        absl::StrCat("models--", absl::StrReplaceAll(repository.name, {{"/", "--"}}));
    const fs::path place = cache_ / folder;
    const fs::path snapshot = place / "snapshots" / repository.commit;
    RETURN_IF_ERROR(MakeFolder(place / "blobs"));
    RETURN_IF_ERROR(MakeFolder(snapshot));
    for (const RepositoryFile& file : repository.files) {
      const std::string& digest = file.sha256.empty() ? file.blob_sha1 : file.sha256;
      const fs::path lock = cache_ / ".locks" / folder / absl::StrCat(digest, ".lock");
      RETURN_IF_ERROR(WriteBlob(repository, file, place / "blobs" / digest, lock));
      RETURN_IF_ERROR(Link(fs::path("../../blobs") / digest, snapshot / file.name));
    }
    RETURN_IF_ERROR(
        WriteRef(place, name.revision.empty() ? "main" : name.revision, repository.commit));
    return CachedRepository{.directory = snapshot.string(), .source = repository.source()};
  }

 private:
  absl::Status WriteBlob(const Repository& repository, const RepositoryFile& file,
                         const fs::path& blob, const fs::path& lock) {
    std::error_code error;
    if (fs::exists(blob, error)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const FileDescriptor held, Lock(lock, is_cancelled_));
    if (fs::exists(blob, error)) return absl::OkStatus();
    const fs::path unfinished = absl::StrCat(blob.string(), ".incomplete");
    const std::string name = absl::StrCat(repository.name, "/", file.name);
    RETURN_IF_ERROR(hub_.Download(repository, file, unfinished,
                                  {.is_cancelled = is_cancelled_, .on_bytes = [&](int64_t bytes) {
                                     progress_(name, bytes, file.size_bytes);
                                   }}));
    fs::rename(unfinished, blob, error);
    return error ? NotWritten(blob, error.value()) : absl::OkStatus();
  }

  absl::Status WriteRef(const fs::path& place, const std::string& revision,
                        const std::string& commit) {
    if (IsCommit(revision)) return absl::OkStatus();
    const fs::path path = place / "refs" / revision;
    RETURN_IF_ERROR(MakeFolder(path.parent_path()));
    const fs::path unfinished = absl::StrCat(path.string(), ".", getpid(), ".ref");
    RETURN_IF_ERROR(WriteTextFile(unfinished.string(), commit));
    std::error_code error;
    fs::rename(unfinished, path, error);
    return error ? NotWritten(path, error.value()) : absl::OkStatus();
  }

  const Hub& hub_;
  const fs::path cache_;
  const std::function<bool()> is_cancelled_;
  const DownloadProgress& progress_;
};

absl::StatusOr<RepositoryPair> Describe(const Hub& hub, const HubNames& names,
                                        const std::function<bool()>& is_cancelled) {
  if (names.pair) return DescribePair(hub, *names.pair, is_cancelled);
  RepositoryPair pair;
  ASSIGN_OR_RETURN(pair.discriminator, hub.Describe(names.discriminator, is_cancelled));
  if (names.generator) {
    ASSIGN_OR_RETURN(pair.generator, hub.Describe(*names.generator, is_cancelled));
  }
  return pair;
}

}  // namespace

bool MayDownload(const Environment& environment) {
  const std::string offline = VariableOf(environment, "HF_HUB_OFFLINE");
  return offline.empty() || offline == "0" || absl::EqualsIgnoreCase(offline, "false") ||
         absl::EqualsIgnoreCase(offline, "no") || absl::EqualsIgnoreCase(offline, "off");
}

absl::StatusOr<DownloadedPair> DownloadPair(const Environment& environment,
                                            const std::string& cache, const HubNames& names,
                                            const DownloadProgress& progress) {
  std::string endpoint = VariableOf(environment, "HF_ENDPOINT");
  if (endpoint.empty()) endpoint = kDefaultEndpoint;
  RETURN_IF_ERROR(CheckEndpoint("HF_ENDPOINT", endpoint));
  const Hub hub({.program = "electra",
                 .version = ELECTRA_VERSION,
                 .endpoint = endpoint,
                 .token = TokenOf(environment),
                 .ca_file = VariableOf(environment, "SSL_CERT_FILE")});
  const auto is_cancelled = [&] { return environment.interruption->triggered(); };
  ASSIGN_OR_RETURN(RepositoryPair found, Describe(hub, names, is_cancelled));
  CacheWriter writer(hub, cache, is_cancelled, progress);
  const HubName name = names.pair.value_or(names.discriminator);
  DownloadedPair downloaded{.notes = std::move(found.notes)};
  ASSIGN_OR_RETURN(downloaded.pair.discriminator, writer.Write(name, found.discriminator));
  if (found.generator) {
    const HubName generator = names.generator.value_or(name);
    ASSIGN_OR_RETURN(downloaded.pair.generator, writer.Write(generator, *found.generator));
  }
  return downloaded;
}

}  // namespace electra::client

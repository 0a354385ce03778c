#include "client/transfer/hub_cache.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/files/local_file.h"

namespace electra::client {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostRefBytes = 256;

// A branch, tag or commit as a commit; empty where the cache does not know it.
std::string CommitOf(const fs::path& repository, const std::string& revision) {
  if (IsCommit(revision)) return revision;
  const absl::StatusOr<std::string> ref =
      ReadWhole((repository / "refs" / revision).string(), kMostRefBytes);
  if (!ref.ok()) return "";
  const std::string commit(absl::StripAsciiWhitespace(*ref));
  return IsCommit(commit) ? commit : "";
}

}  // namespace

std::string HubHomeFolder(
    const std::function<std::optional<std::string>(const std::string& name)>& variable) {
  const auto value = [&](const char* name) { return variable(name).value_or(""); };
  if (const std::string home = value("HF_HOME"); !home.empty()) return home;
  if (const std::string cache = value("XDG_CACHE_HOME"); !cache.empty()) {
    return fs::path(cache) / "huggingface";
  }
  const std::string home = value("HOME");
  return home.empty() ? "" : fs::path(home) / ".cache" / "huggingface";
}

std::string HubCacheFolder(
    const std::function<std::optional<std::string>(const std::string& name)>& variable) {
  if (const auto cache = variable("HF_HUB_CACHE"); cache && !cache->empty()) return *cache;
  const std::string home = HubHomeFolder(variable);
  return home.empty() ? "" : fs::path(home) / "hub";
}

std::optional<CachedRepository> FindInHubCache(const std::string& cache, const HubName& name) {
  if (cache.empty()) return std::nullopt;
  const fs::path repository =
      fs::path(cache) /
      absl::StrCat("models--", absl::StrReplaceAll(name.repository, {{"/", "--"}}));
  const std::string commit = CommitOf(repository, name.revision.empty() ? "main" : name.revision);
  if (commit.empty()) return std::nullopt;
  const fs::path snapshot = repository / "snapshots" / commit;
  std::error_code error;
  if (!fs::is_directory(snapshot, error)) return std::nullopt;
  return CachedRepository{.directory = snapshot.string(),
                          .source = HubNameText({name.repository, commit})};
}

std::optional<CachedPair> FindPairInHubCache(const std::string& cache, const HubName& name) {
  const HubName base = PairBase(name);
  std::optional<CachedRepository> discriminator = FindInHubCache(cache, DiscriminatorOf(base));
  if (!discriminator) discriminator = FindInHubCache(cache, name);
  if (!discriminator) return std::nullopt;
  return CachedPair{.discriminator = *std::move(discriminator),
                    .generator = FindInHubCache(cache, GeneratorOf(base))};
}

}  // namespace electra::client

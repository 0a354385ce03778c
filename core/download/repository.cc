#include "core/download/repository.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/hub_name.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/base/model_files.h"
#include "core/base/status_macros.h"

namespace electra {
namespace {

// No model of this kind is near it; sums stay far from the limit of a number.
constexpr int64_t kMostFileBytes = int64_t{1} << 40;
constexpr size_t kSha256Digits = 64;

absl::Status BadDescription(const std::string& name, std::string_view problem) {
  return InvalidArgumentError("HUB_DESCRIPTION",
                              "the hub's description of {repository} is not one: {problem}", name,
                              problem);
}

bool IsHexadecimal(std::string_view text, size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string TextOf(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::StatusOr<RepositoryFile> ParseFile(const std::string& repository,
                                         const nlohmann::json& sibling) {
  RepositoryFile file{.name = TextOf(sibling, "rfilename")};
  const auto size = sibling.find("size");
  const std::optional<int64_t> bytes = size == sibling.end() ? std::nullopt : JsonInteger(*size);
  if (!bytes || *bytes < 0 || *bytes > kMostFileBytes) {
    return BadDescription(repository, absl::StrCat(file.name, " has no size"));
  }
  file.size_bytes = *bytes;
  const auto lfs = sibling.find("lfs");
  if (lfs != sibling.end() && lfs->is_object()) {
    file.sha256 = TextOf(*lfs, "sha256");
    if (IsHexadecimal(file.sha256, kSha256Digits)) return file;
  } else {
    file.blob_sha1 = TextOf(sibling, "blobId");
    if (IsCommit(file.blob_sha1)) return file;
  }
  return BadDescription(repository, absl::StrCat(file.name, " has no digest"));
}

}  // namespace

std::string Repository::source() const { return HubNameText({name, commit}); }

int64_t Repository::size_bytes() const {
  return std::accumulate(
      files.begin(), files.end(), int64_t{0},
      [](int64_t sum, const RepositoryFile& file) { return sum + file.size_bytes; });
}

absl::StatusOr<Repository> ParseRepository(const std::string& name, std::string_view json) {
  const absl::StatusOr<nlohmann::json> parsed = ParseJson(json, name, {});
  if (!parsed.ok()) return BadDescription(name, std::string(parsed.status().message()));
  Repository repository{.name = name, .commit = TextOf(*parsed, "sha")};
  if (!IsCommit(repository.commit)) return BadDescription(name, "it names no commit");
  const auto siblings = parsed->find("siblings");
  if (siblings == parsed->end() || !siblings->is_array()) {
    return BadDescription(name, "it lists no files");
  }
  std::map<std::string, const nlohmann::json*> listed;
  std::set<std::string> names;
  for (const nlohmann::json& sibling : *siblings) {
    if (!sibling.is_object()) return BadDescription(name, "it lists something else than files");
    const std::string file = TextOf(sibling, "rfilename");
    // Files in folders and of other frameworks have names that ours never have.
    if (!IsModelFileName(file)) continue;
    listed[file] = &sibling;
    names.insert(file);
  }
  if (!names.contains("config.json")) {
    return FailedPreconditionError("HUB_NO_CONFIG",
                                   "{repository} has no config.json: it is not a model", name);
  }
  const std::vector<std::string> selected = SelectModelFiles(names);
  for (const std::string& file : selected) {
    ASSIGN_OR_RETURN(repository.files.emplace_back(), ParseFile(name, *listed.at(file)));
  }
  if (HasWeights(selected)) return repository;
  return FailedPreconditionError(
      "HUB_NO_WEIGHTS", "{repository} has neither model.safetensors nor pytorch_model.bin", name);
}

}  // namespace electra

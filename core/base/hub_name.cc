#include "core/base/hub_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/message.h"

namespace electra {
namespace {

constexpr std::string_view kPrefix = "hf:";
constexpr std::string_view kDiscriminator = "-discriminator";
constexpr std::string_view kGenerator = "-generator";
constexpr size_t kMostRepositoryPart = 96;  // the hub's own limit
constexpr size_t kMostRevision = 255;
constexpr size_t kLongestHubQuote = 200;  // of a name that is wrong
constexpr size_t kCommitDigits = 40;

bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

// An organization or a repository, as the hub allows them.
bool IsRepositoryPart(std::string_view part) {
  return !part.empty() && part.size() <= kMostRepositoryPart &&
         std::all_of(part.begin(), part.end(), IsPlain) && part.front() != '.' &&
         part.front() != '-' && part.find("..") == part.npos && part.find("--") == part.npos;
}

bool IsRevision(std::string_view revision) {
  return !revision.empty() && revision.size() <= kMostRevision && revision.front() != '/' &&
         revision.find("..") == revision.npos &&
         std::all_of(revision.begin(), revision.end(),
                     [](char c) { return IsPlain(c) || c == '/'; });
}

}  // namespace

bool IsHubName(std::string_view text) { return text.starts_with(kPrefix); }

absl::StatusOr<HubName> ParseHubName(std::string_view text) {
  std::string_view rest = text;
  rest.remove_prefix(IsHubName(text) ? kPrefix.size() : text.size());
  const size_t at = rest.find('@');
  const std::string_view repository = rest.substr(0, at);
  const std::string_view revision = at == rest.npos ? "" : rest.substr(at + 1);
  const size_t slash = repository.find('/');
  const bool is_good =
      IsRepositoryPart(repository.substr(0, slash)) &&
      (slash == repository.npos || IsRepositoryPart(repository.substr(slash + 1))) &&
      (at == rest.npos || IsRevision(revision));
  if (is_good) return HubName{std::string(repository), std::string(revision)};
  return InvalidArgumentError("HUB_NAME", "\"{name}\" must be hf:ORG/NAME or hf:ORG/NAME@REVISION",
                              absl::Utf8SafeCEscape(std::string(text.substr(0, kLongestHubQuote))));
}

std::string HubNameText(const HubName& name) {
  return absl::StrCat(std::string(kPrefix), name.repository, name.revision.empty() ? "" : "@",
                      name.revision);
}

HubName PairBase(const HubName& name) {
  HubName base = name;
  for (std::string_view ending : {kDiscriminator, kGenerator}) {
    if (!base.repository.ends_with(ending)) continue;
    base.repository.resize(base.repository.size() - ending.size());
    break;
  }
  return base;
}

HubName DiscriminatorOf(const HubName& base) {
  return {absl::StrCat(base.repository, std::string(kDiscriminator)), base.revision};
}

HubName GeneratorOf(const HubName& base) {
  return {absl::StrCat(base.repository, std::string(kGenerator)), base.revision};
}

std::string ModelNameOf(const HubName& name) {
  std::string text = absl::StrReplaceAll(PairBase(name).repository, {{"/", "--"}});
  if (!name.revision.empty() && name.revision != "main") {
    absl::StrAppend(&text, "--", absl::StrReplaceAll(name.revision, {{"/", "-"}}));
  }
  return text;
}

bool IsCommit(std::string_view text) {
  return text.size() == kCommitDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace electra

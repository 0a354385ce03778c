#include "server/access/owner.h"

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "server/base/resource_names.h"
#include "server/store/corpora.h"
#include "server/store/jobs.h"
#include "server/store/tokens.h"

namespace electra::server {

absl::Status CheckOwner(const Caller& caller, const std::string& resource, std::string_view owner) {
  if (caller.role >= v1::ADMIN || owner == caller.token) return absl::OkStatus();
  return PermissionDeniedError(
      "NOT_OWNER",
      "{resource} is not token {token}'s own: who submitted it or an admin "
      "may change it",
      resource, caller.token);
}

std::string WholeName(Reader& reader, const std::string& resource) {
  const auto whole = [&](const std::string& collection, auto find) -> std::string {
    const absl::StatusOr<std::string> name = ParseResourceName(resource, collection);
    if (!name.ok()) return "";
    const auto row = find(reader, *name);
    return row.ok() ? absl::StrCat(collection, "/", row->name) : "";
  };
  std::string name = whole("jobs", FindJob);
  if (name.empty()) name = whole("corpora", FindCorpus);
  if (name.empty()) name = whole("tokens", FindToken);
  return name.empty() ? resource : name;
}

}  // namespace electra::server

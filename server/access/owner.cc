#include "server/access/owner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/errors.h"
#include "server/base/resource_names.h"
#include "server/store/corpora.h"
#include "server/store/jobs.h"
#include "server/store/models.h"
#include "server/store/tokens.h"

namespace electra::server {
namespace {

// The public id of the token that it came with.
absl::StatusOr<std::string> OwnerOf(Reader& reader, Owned kind, const std::string& resource) {
  if (kind == Owned::kJob) {
    ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "jobs"));
    ASSIGN_OR_RETURN(JobRow job, FindJob(reader, name));
    return std::move(job.submitted_by);
  }
  if (kind == Owned::kCorpus) {
    ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "corpora"));
    ASSIGN_OR_RETURN(CorpusRow corpus, FindCorpus(reader, name));
    return std::move(corpus.uploaded_by);
  }
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "models"));
  ASSIGN_OR_RETURN(ModelRow model, FindModel(reader, name));
  return std::move(model.imported_by);
}

}  // namespace

absl::Status CheckOwner(Database& database, const Caller& caller, const MethodPolicy& policy,
                        const std::string& resource) {
  if (policy.owned == Owned::kNothing || caller.role >= v1::ADMIN) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string owner, database.Read<std::string>([&](Reader& reader) {
    return OwnerOf(reader, policy.owned, resource);
  }));
  if (owner == caller.token) return absl::OkStatus();
  return WithReason(absl::PermissionDeniedError(
                        absl::StrCat(resource, " is not token ", caller.token,
                                     "'s own: who submitted it or an admin may change it")),
                    "NOT_OWNER", {{"resource", resource}});
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

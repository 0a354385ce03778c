// Which resource is meant, and whose it is: a submitter changes nothing of another's. Free
// functions; thread-safe as the database.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/access/caller.h"
#include "server/access/policy.h"
#include "server/store/database.h"

namespace electra::server {

// PermissionDenied: the policy wants the caller's own, and `resource` ("jobs/ID") came with another
// token. An admin's are all. NotFound: there is no such resource.
absl::Status CheckOwner(Database& database, const Caller& caller, const MethodPolicy& policy,
                        const std::string& resource);

// "jobs/ID" with the whole ID where `resource` has a prefix of it that is some job's, corpus's or
// token's alone; else `resource`.
std::string WholeName(Reader& reader, const std::string& resource);

}  // namespace electra::server

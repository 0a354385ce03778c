// Which resource is meant, and whose it is: a submitter changes nothing of another's. Free
// functions; thread-safe as the database.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/access/caller.h"
#include "server/store/database.h"

namespace electra::server {

// PermissionDenied: the caller is no admin, and `resource` ("jobs/ID") came with another token,
// `owner`. To be asked in the transaction that changes it, of the row that it changes: a name, or the
// beginning of one, may be another's a moment later.
absl::Status CheckOwner(const Caller& caller, const std::string& resource, std::string_view owner);

// "jobs/ID" with the whole ID where `resource` has a prefix of it that is some job's, corpus's or
// token's alone; else `resource`.
std::string WholeName(Reader& reader, const std::string& resource);

}  // namespace electra::server

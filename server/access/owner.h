// Which resource a name means, and who owns it: a submitter cannot change the resources of others.
// Free functions; thread-safe like the database.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/access/caller.h"
#include "server/store/database.h"

namespace electra::server {

// PermissionDenied: the caller is not an admin, and `resource` ("jobs/ID") came with another token,
// `owner`. Call it in the transaction that changes the row, with that row's owner: a name, or its
// prefix, may mean another resource a moment later.
absl::Status CheckOwner(const Caller& caller, const std::string& resource, std::string_view owner);

// "jobs/ID" with the whole ID where `resource` has a prefix of it that only one job, corpus or
// token has; else `resource`.
std::string WholeName(Reader& reader, const std::string& resource);

}  // namespace electra::server

// Page tokens of lists (AIP-158): the place where the next page begins, bound to its list.
//
// A token is a digest and the payload. The digest is of the payload and of `scope`, the request
// without its page: a token of another list, filter or order is refused, as is a changed one. It is
// not a secret, and anybody can compute it: a payload is checked like any other input.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace electra::server {

std::string MakePageToken(std::string_view scope, std::string_view payload);

// The payload. InvalidArgument: not a token that this list gave.
absl::StatusOr<std::string> OpenPageToken(std::string_view scope, std::string_view token);

}  // namespace electra::server

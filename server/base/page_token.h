// Page tokens of lists (AIP-158): where the next page begins, sealed for the list that gave it.
//
// A token is the payload behind a digest of it and of `scope`, which is what the list was asked for
// but the page: a token of another list, filter or order is refused, as is one that was changed.
// It is no secret, and no proof against somebody who computes digests: what a payload says is
// checked like any other input.
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

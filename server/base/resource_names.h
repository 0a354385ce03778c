// Resource names ("jobs/3f2a9c41d07b") and pages of lists (AIP-122, AIP-158).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/base/page_token.h"

namespace electra::server {

// The id after "COLLECTION/". The caller looks it up, so it is not checked here.
inline absl::StatusOr<std::string> ParseResourceName(std::string_view name,
                                                     std::string_view collection) {
  if (name.size() > collection.size() + 1 && name.starts_with(collection) &&
      name[collection.size()] == '/') {
    return std::string(name.substr(collection.size() + 1));
  }
  return InvalidArgumentError("BAD_RESOURCE_NAME", "expected a name in the form {collection}/ID",
                              collection);
}

// InvalidArgument: a field of a request below 0.
inline absl::Status NegativeField(std::string_view field, int64_t value) {
  return InvalidArgumentError("NEGATIVE_FIELD", "{field} is {value}: it must be at least 0", field,
                              value);
}

// InvalidArgument: a page_token that is not a position in the list.
inline absl::Status UnknownPageToken() {
  return InvalidArgumentError("UNKNOWN_PAGE_TOKEN", "page_token is not one that this list gave");
}

struct PageLimits {
  int default_size;
  int max_size;
};

// The page that a list request asks for. The token is opaque to clients; here it is the position
// before the first row, as a number.
struct Page {
  int size = 0;
  int64_t position = 0;
};

// Only the size, for lists whose position is not a number.
inline absl::StatusOr<int> ParsePageSize(int32_t page_size, const PageLimits& limits) {
  if (page_size < 0) {
    return NegativeField("page_size", page_size);
  }
  return page_size == 0 ? limits.default_size : std::min(page_size, limits.max_size);
}

// Most bytes of a page, whatever its size: gRPC's clients take messages of 4 MiB by default. A page
// ends before the first row that does not fit, and the next begins with it.
class PageBytes {
 public:
  // Adds a row of this many bytes if it fits. Returns whether it does; the first always does.
  bool Take(size_t row) {
    constexpr size_t kAroundARow = 8;  // tag and length
    const bool fits = taken_ == 0 || taken_ + row + kAroundARow <= kMost;
    if (fits) taken_ += row + kAroundARow;
    return fits;
  }

  static constexpr size_t kMost = size_t{3} << 20;

 private:
  size_t taken_ = 0;
};

// `scope` says which list it is (page_token.h).
inline absl::StatusOr<Page> ParsePage(int32_t page_size, std::string_view token,
                                      const PageLimits& limits, std::string_view scope) {
  Page page;
  ASSIGN_OR_RETURN(page.size, ParsePageSize(page_size, limits));
  if (token.empty()) return page;
  ASSIGN_OR_RETURN(const std::string position, OpenPageToken(scope, token));
  if (!absl::SimpleAtoi(position, &page.position) || page.position < 0) {
    return UnknownPageToken();
  }
  return page;
}

inline std::string NextPageToken(std::string_view scope, int64_t position) {
  return MakePageToken(scope, absl::StrCat(position));
}

}  // namespace electra::server

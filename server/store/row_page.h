// Pages of the lists that go from the newest row to the oldest.
//
// Thread-safe like the database.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/resource_names.h"
#include "server/store/database.h"

namespace electra::server {

template <typename Row>
struct RowPage {
  std::vector<Row> rows;
  int64_t next = 0;  // the position of the page that follows; 0: these are the last
};

// `list(reader, before_id, limit)` lists rows with an id below `before_id` (0: all), newest first.
template <typename Row, typename List>
absl::StatusOr<RowPage<Row>> ReadRowPage(Database& database, const Page& page, List list) {
  return database.Read<RowPage<Row>>([&](Reader& reader) {
    RowPage<Row> result{.rows = list(reader, page.position, page.size + 1)};
    if (result.rows.size() > static_cast<size_t>(page.size)) {
      result.next = result.rows.back().id + 1;
      result.rows.pop_back();
    }
    return result;
  });
}

}  // namespace electra::server

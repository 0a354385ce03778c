// Public ids: twelve hexadecimal digits, found by any unique prefix.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "core/base/hints.h"
#include "core/base/message.h"
#include "server/store/database.h"

namespace electra::server {

inline constexpr size_t kNameLength = 12;

// A new random id.
std::string MakeName();

// Whether `text` could be the beginning of an id.
inline bool IsNameOrPrefix(std::string_view text) {
  return !text.empty() && text.size() <= kNameLength &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The results of a query with one text column, without duplicates.
std::set<std::string> ReadNames(Reader& reader, const char* sql);

// The name in `table` whose prefix `given` seems to misspell; not for short ones, which are close
// to some name by chance.
std::optional<std::string> NearestName(Reader& reader, const char* table, std::string_view given);

// NotFound: `kind` ("job") has nothing of this name.
absl::Status UnknownName(const Message& kind, std::string_view name, const Message& hint);

// `query` selects rows of `table` with a name from its first to below its second parameter, in
// order. `kind` and `list_command` are for messages: "job", "electra jobs".
template <typename Row, typename ReadRow>
absl::StatusOr<Row> FindByPrefix(Reader& reader, const char* table, SQLite::Statement& query,
                                 std::string_view prefix, const Message& kind,
                                 std::string_view list_command, ReadRow read_row) {
  constexpr size_t kMostCandidates = 10;
  const auto not_found = [&] {
    const std::optional<std::string> nearest = NearestName(reader, table, prefix);
    return UnknownName(kind, prefix, nearest ? DidYouMean(*nearest) : ListedBy(list_command));
  };
  if (!IsNameOrPrefix(prefix)) return not_found();
  query.bind(1, std::string(prefix));
  query.bind(2, std::string(prefix) + "g");  // the letter after the last digit
  if (!query.executeStep()) return not_found();
  Row row = read_row(query);
  if (row.name == prefix) return row;
  std::vector<std::string> candidates = {row.name};
  while (candidates.size() <= kMostCandidates && query.executeStep()) {
    candidates.push_back(read_row(query).name);
  }
  if (candidates.size() == 1) return row;
  const bool has_more = candidates.size() > kMostCandidates;
  if (has_more) candidates.pop_back();
  return InvalidArgumentError(
      "AMBIGUOUS_ID", "{kind} id \"{id}\" is short for several: {names}{more}; give more of it",
      kind, prefix, absl::StrJoin(candidates, ", "),
      has_more ? Message("AND_MORE", " and more") : Message());
}

}  // namespace electra::server

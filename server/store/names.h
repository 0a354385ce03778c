// Public ids: twelve hexadecimal digits, found by any unique prefix.
#pragma once

#include <SQLiteCpp/Statement.h>
#include <openssl/rand.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/hints.h"
#include "core/base/message.h"
#include "core/base/nearest.h"
#include "server/store/database.h"

namespace electra::server {

inline constexpr size_t kNameLength = 12;

// A new random id.
inline std::string MakeName() {
  unsigned char bytes[kNameLength / 2];
  // Fails only where the system has no entropy source at all; the unique index would tell.
  RAND_bytes(bytes, sizeof(bytes));
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
}

inline bool IsNameOrPrefix(std::string_view text) {
  return !text.empty() && text.size() <= kNameLength &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The results of a query with one text column, without duplicates.
inline std::set<std::string> ReadNames(Reader& reader, const char* sql) {
  std::set<std::string> names;
  SQLite::Statement query(reader.connection(), sql);
  while (query.executeStep()) names.insert(query.getColumn(0).getString());
  return names;
}

// The name in `table` whose prefix `given` seems to misspell; not for short ones, which are close
// to some name by chance.
inline std::optional<std::string> NearestName(Reader& reader, const char* table,
                                              std::string_view given) {
  constexpr size_t kShortest = 6;
  constexpr int kNewest = 1000;
  if (given.size() < kShortest || given.size() > kNameLength) return std::nullopt;
  SQLite::Statement query(reader.connection(),
                          absl::StrCat("SELECT name FROM ", table, " ORDER BY id DESC LIMIT ?"));
  query.bind(1, kNewest);
  std::vector<std::string> names;
  std::vector<std::string> beginnings;
  while (query.executeStep()) {
    names.push_back(query.getColumn(0).getString());
    beginnings.push_back(names.back().substr(0, given.size()));
  }
  const std::optional<std::string> nearest = Nearest(given, beginnings, /*most=*/1);
  if (!nearest) return std::nullopt;
  const auto found = std::find(beginnings.begin(), beginnings.end(), *nearest);
  return names[static_cast<size_t>(found - beginnings.begin())];
}

// NotFound: `kind` ("job") has nothing of this name.
inline absl::Status UnknownName(const Message& kind, std::string_view name, const Message& hint) {
  return NotFoundError("UNKNOWN_NAME", "there is no {kind} \"{name}\": {hint}", kind,
                       absl::Utf8SafeCEscape(std::string(name.substr(0, 64))), hint);
}

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

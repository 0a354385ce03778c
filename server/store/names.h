// Public ids: twelve hexadecimal digits, found by any unique prefix.
#pragma once

#include <SQLiteCpp/Statement.h>
#include <openssl/rand.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace electra {

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

// `query` selects rows with a name from its first to below its second parameter, in order.
// `kind` and `list_command` are for messages: "job", "electra jobs".
template <typename Row, typename ReadRow>
absl::StatusOr<Row> FindByPrefix(SQLite::Statement& query, std::string_view prefix,
                                 std::string_view kind, std::string_view list_command,
                                 ReadRow read_row) {
  const auto not_found = [&] {
    return absl::NotFoundError(
        absl::StrCat("there is no ", std::string(kind), " \"",
                     absl::Utf8SafeCEscape(std::string(prefix.substr(0, 64))), "\": `",
                     std::string(list_command), "` lists those that there are"));
  };
  if (!IsNameOrPrefix(prefix)) return not_found();
  query.bind(1, std::string(prefix));
  query.bind(2, std::string(prefix) + "g");  // the letter behind the last digit
  if (!query.executeStep()) return not_found();
  Row row = read_row(query);
  if (row.name != prefix && query.executeStep()) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(kind), " id \"", std::string(prefix), "\" is short for ", row.name,
                     " and ", read_row(query).name, " at least: give more of it"));
  }
  return row;
}

}  // namespace electra

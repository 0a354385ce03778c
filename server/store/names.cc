#include "server/store/names.h"

#include <openssl/rand.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/nearest.h"

namespace electra::server {

std::string MakeName() {
  unsigned char bytes[kNameLength / 2];
  // Fails only where the system has no entropy source at all; the unique index would tell.
  RAND_bytes(bytes, sizeof(bytes));
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
}

std::set<std::string> ReadNames(Reader& reader, const char* sql) {
  std::set<std::string> names;
  SQLite::Statement query(reader.connection(), sql);
  while (query.executeStep()) names.insert(query.getColumn(0).getString());
  return names;
}

std::optional<std::string> NearestName(Reader& reader, const char* table, std::string_view given) {
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

absl::Status UnknownName(const Message& kind, std::string_view name, const Message& hint) {
  return NotFoundError("UNKNOWN_NAME", "there is no {kind} \"{name}\": {hint}", kind,
                       absl::Utf8SafeCEscape(std::string(name.substr(0, 64))), hint);
}

}  // namespace electra::server

#include "server/store/started_uploads.h"

#include <SQLiteCpp/Statement.h>

#include <string>
#include <system_error>
#include <vector>

#include "server/base/clock.h"

namespace electra::server {
namespace {

namespace fs = std::filesystem;

// Begun at this time or before.
std::vector<std::string> ListStartedUploads(Reader& reader, int64_t until) {
  std::vector<std::string> files;
  SQLite::Statement query(reader.connection(),
                          "SELECT file FROM started_uploads WHERE started_at <= ?");
  query.bind(1, until);
  while (query.executeStep()) files.push_back(query.getColumn(0).getString());
  return files;
}

}  // namespace

void RecordStartedUpload(Transaction& transaction, std::string_view file, std::string_view token,
                         int64_t size_bytes) {
  SQLite::Statement insert(transaction.connection(),
                           "INSERT OR REPLACE INTO started_uploads (file, token, size_bytes, "
                           "started_at) VALUES (?, ?, ?, ?)");
  insert.bind(1, std::string(file));
  insert.bind(2, std::string(token));
  insert.bind(3, size_bytes);
  insert.bind(4, NowMicros());
  insert.exec();
}

void SettleStartedUpload(Transaction& transaction, std::string_view file, int64_t size_bytes) {
  if (size_bytes == 0) return ForgetStartedUpload(transaction, file);
  SQLite::Statement update(transaction.connection(),
                           "UPDATE started_uploads SET size_bytes = ? WHERE file = ?");
  update.bind(1, size_bytes);
  update.bind(2, std::string(file));
  update.exec();
}

void SettleStartedUploads(Transaction& transaction, const fs::path& uploads) {
  for (const std::string& file : ListStartedUploads(transaction, NowMicros())) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(uploads / file, error);
    SettleStartedUpload(transaction, file, error ? 0 : static_cast<int64_t>(size));
  }
}

void ForgetStartedUpload(Transaction& transaction, std::string_view file) {
  SQLite::Statement remove(transaction.connection(), "DELETE FROM started_uploads WHERE file = ?");
  remove.bind(1, std::string(file));
  remove.exec();
}

void ForgetLostUploads(Transaction& transaction, const fs::path& uploads, absl::Duration age) {
  const int64_t until = NowMicros() - absl::ToInt64Microseconds(age);
  for (const std::string& file : ListStartedUploads(transaction, until)) {
    std::error_code error;
    if (!fs::exists(uploads / file, error) && !error) ForgetStartedUpload(transaction, file);
  }
}

}  // namespace electra::server

#include "server/store/started_uploads.h"

#include <SQLiteCpp/Statement.h>

#include <string>
#include <system_error>
#include <vector>

#include "server/base/clock.h"

namespace electra::server {

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

void ForgetStartedUpload(Transaction& transaction, std::string_view file) {
  SQLite::Statement remove(transaction.connection(), "DELETE FROM started_uploads WHERE file = ?");
  remove.bind(1, std::string(file));
  remove.exec();
}

void ForgetLostUploads(Transaction& transaction, const std::filesystem::path& uploads,
                       absl::Duration age) {
  std::vector<std::string> lost;
  SQLite::Statement query(transaction.connection(),
                          "SELECT file FROM started_uploads WHERE started_at <= ?");
  query.bind(1, NowMicros() - absl::ToInt64Microseconds(age));
  while (query.executeStep()) {
    std::string file = query.getColumn(0).getString();
    std::error_code error;
    if (!std::filesystem::exists(uploads / file, error) && !error) lost.push_back(std::move(file));
  }
  for (const std::string& file : lost) ForgetStartedUpload(transaction, file);
}

}  // namespace electra::server

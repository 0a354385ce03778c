#include "server/corpora/catalogue.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/base/log.h"

namespace electra::server {

absl::StatusOr<CorpusRow> ReadCorpus(Database& database, const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "corpora"));
  return database.Read<CorpusRow>([&](Reader& reader) { return FindCorpus(reader, name); });
}

absl::StatusOr<RowPage<CorpusRow>> ReadCorpusPage(Database& database, const Page& page) {
  return ReadRowPage<CorpusRow>(database, page, ListCorpora);
}

absl::Status RemoveCorpus(Database& database, const DataDir& data_dir,
                          const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "corpora"));
  // The file goes within the transaction, so that an upload of the same content waits; should the
  // commit fail, the row without a file is what the next upload of it mends.
  return database.Write([&](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const CorpusRow row, FindCorpus(transaction, name));
    RETURN_IF_ERROR(DeleteCorpus(transaction, row));
    if (IsContentUsed(transaction, row.sha256)) return absl::OkStatus();
    std::error_code error;
    std::filesystem::remove(data_dir.corpus(row.sha256), error);
    if (error) return absl::InternalError(absl::StrCat("cannot delete: ", error.message()));
    Log(LogLevel::kInfo, "corpus_deleted", {{"corpus", row.name}});
    return absl::OkStatus();
  });
}

}  // namespace electra::server

#include "server/corpora/catalogue.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/message.h"
#include "core/base/status_macros.h"
#include "server/access/owner.h"
#include "server/base/log.h"

namespace electra::server {
namespace {

// Where no other corpus has it.
absl::Status RemoveContent(Transaction& transaction, const DataDir& data_dir,
                           const CorpusRow& corpus) {
  if (IsContentUsed(transaction, corpus.sha256)) return absl::OkStatus();
  std::error_code error;
  std::filesystem::remove(data_dir.corpus(corpus.sha256), error);
  if (!error) return absl::OkStatus();
  return InternalError("CORPUS_NOT_DELETED", "cannot delete: {error}", error.message());
}

// What happens to the content in the transaction that removes the row.
enum class Content { kGoes, kStays };

absl::StatusOr<CorpusRow> RemoveRow(Database& database, const DataDir& data_dir,
                                    const Caller& caller, const std::string& name,
                                    Content content) {
  return database.Write<CorpusRow>(
      [&](Transaction& transaction) -> absl::StatusOr<CorpusRow> {
        ASSIGN_OR_RETURN(CorpusRow row, FindCorpus(transaction, name));
        RETURN_IF_ERROR(CheckOwner(caller, absl::StrCat("corpora/", row.name), row.uploaded_by));
        RETURN_IF_ERROR(DeleteCorpus(transaction, row));
        if (content == Content::kGoes) {
          RETURN_IF_ERROR(RemoveContent(transaction, data_dir, row));
        }
        return row;
      },
      OnFullDisk::kUseReserve);
}

}  // namespace

absl::StatusOr<CorpusRow> ReadCorpus(Database& database, const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "corpora"));
  return database.Read<CorpusRow>([&](Reader& reader) { return FindCorpus(reader, name); });
}

absl::StatusOr<RowPage<CorpusRow>> ReadCorpusPage(Database& database, const Page& page) {
  return ReadRowPage<CorpusRow>(database, page, ListCorpora);
}

absl::Status RemoveCorpus(Database& database, const DataDir& data_dir, const Caller& caller,
                          const std::string& resource) {
  ASSIGN_OR_RETURN(const std::string name, ParseResourceName(resource, "corpora"));
  absl::StatusOr<CorpusRow> removed = RemoveRow(database, data_dir, caller, name, Content::kStays);
  // No room to record it: the content goes first. If recording still fails, the row stays without a
  // file until the next upload of the same content brings it.
  if (IsDiskFull(removed.status())) {
    removed = RemoveRow(database, data_dir, caller, name, Content::kGoes);
  }
  RETURN_IF_ERROR(removed.status());
  Log(LogLevel::kInfo, "corpus_deleted", {{"corpus", removed->name}});
  // As a write, so that no upload of the same content is stored in between. `electra server gc`
  // removes any leftovers.
  const absl::Status gone = database.Write(
      [&](Transaction& transaction) { return RemoveContent(transaction, data_dir, *removed); },
      OnFullDisk::kUseReserve);
  if (!gone.ok()) Log(LogLevel::kWarning, "content_left", {{"error", std::string(gone.message())}});
  return absl::OkStatus();
}

}  // namespace electra::server

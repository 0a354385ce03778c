// One corpus on its way from a client to the store.
//
// Nothing of it is a corpus until its bytes are those that were announced and all of it was read as
// what it was said to be. What has come when a client goes away stays, for an upload of the same
// content to go on from. Not thread-safe: the calls come one after the other.
//
// While it comes, its token is charged what was announced; then what lies on the disk. The quota of
// all corpora is charged what lies on the disk alone, so that no announcement fills it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "core/text/corpus_reader.h"
#include "electra/v1/corpus.pb.h"
#include "server/access/caller.h"
#include "server/base/data_dir.h"
#include "server/base/upload_room.h"
#include "server/corpora/partial_uploads.h"
#include "server/store/corpora.h"
#include "server/store/database.h"
#include "server/store/quotas.h"

namespace electra::server {

// Outlive every upload.
struct UploadContext {
  Database& database;
  const DataDir& data_dir;
  PartialUploads& partial_uploads;
  UploadRoom& room;
  const Quotas& quotas;
};

// How a corpus that is announced so will be read. InvalidArgument: not at all.
absl::StatusOr<CorpusOptions> ReadingOptions(const v1::CorpusHeader& header);

// What of this corpus is there. InvalidArgument: its content is stored, with another size.
struct UploadProgress {
  int64_t received = 0;             // bytes from the beginning
  std::optional<CorpusRow> corpus;  // it is stored
};
absl::StatusOr<UploadProgress> GetUploadProgress(const UploadContext& context,
                                                 const v1::CorpusHeader& header);

class CorpusUpload {
 public:
  // `is_cancelled` says whether the client has gone. Thread-safe.
  CorpusUpload(Caller caller, const UploadContext& context, std::function<bool()> is_cancelled)
      : caller_(std::move(caller)), context_(context), is_cancelled_(std::move(is_cancelled)) {}
  // From then on what it has left counts as what it is, as soon as the database can be written.
  ~CorpusUpload();
  CorpusUpload(const CorpusUpload&) = delete;
  CorpusUpload& operator=(const CorpusUpload&) = delete;

  // The next message of the stream: first a header, then chunks.
  absl::Status Receive(const v1::UploadCorpusRequest& request);

  // The stream ended: checks what has come and stores it. A corpus with this content that is read
  // the same way is given back as it is. DataLoss: not all has come; it is kept. Cancelled: the
  // client has gone; what has come is kept. What all has come and is refused is not kept.
  absl::StatusOr<CorpusRow> Store();

 private:
  absl::Status ReceiveHeader(const v1::CorpusHeader& header);
  absl::Status ReceiveChunk(const v1::CorpusChunk& chunk);
  absl::StatusOr<CorpusRow> StoreReceived();
  // ResourceExhausted: it does not fit into the quota of all corpora.
  absl::Status CheckQuota(Reader& reader) const;
  // The same; what has come is not kept then, since it is in the way of others.
  absl::Status KeepToQuota();
  // Fills what is known of a corpus once all of it was read.
  absl::Status CountSamples(const std::filesystem::path& path, CorpusRow* corpus) const;

  const Caller caller_;
  const UploadContext& context_;
  const std::function<bool()> is_cancelled_;
  std::optional<v1::CorpusHeader> header_;
  CorpusOptions reading_;
  bool is_stored_ = false;  // the content is in corpora/ already: chunks are not needed
  std::shared_ptr<PartialUpload> partial_;
  UploadRoom::Share room_;  // for the bytes that are to come
  int64_t claim_ = 0;       // 0: nothing was recorded, or it is settled
  int64_t unchecked_ = 0;   // bytes that came since the quota was looked at
};

}  // namespace electra::server

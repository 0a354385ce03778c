// One corpus on its way from a client to the store.
//
// It becomes a corpus only once its bytes match the announcement and all of it was read in its
// declared format. When a client goes away, the received bytes stay, and an upload of the same
// content continues from them. Not thread-safe: the calls come one after the other.
//
// During the upload, its token is charged the announced size; then the bytes on the disk. The quota
// of all corpora counts only bytes on the disk, so that no announcement fills it.
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

// All must outlive every upload.
struct UploadContext {
  Database& database;
  const DataDir& data_dir;
  PartialUploads& partial_uploads;
  UploadRoom& room;
  const Quotas& quotas;
};

// How a corpus with this header is read. InvalidArgument: it cannot be.
absl::StatusOr<CorpusOptions> ReadingOptions(const v1::CorpusHeader& header);

// How much of this corpus is there. InvalidArgument: its content is stored with another size.
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
  // From then on, its remaining bytes count with their real size, as soon as the database can be
  // written.
  ~CorpusUpload();
  CorpusUpload(const CorpusUpload&) = delete;
  CorpusUpload& operator=(const CorpusUpload&) = delete;

  // The next message of the stream: first a header, then chunks.
  absl::Status Receive(const v1::UploadCorpusRequest& request);

  // The stream ended: checks the content and stores it. Returns an existing corpus with this
  // content that is read the same way. DataLoss: bytes are missing; the received ones are kept.
  // Cancelled: the client has gone; the received bytes are kept. Complete content that is refused
  // is not kept.
  absl::StatusOr<CorpusRow> Store();

 private:
  absl::Status ReceiveHeader(const v1::CorpusHeader& header);
  absl::Status ReceiveChunk(const v1::CorpusChunk& chunk);
  absl::StatusOr<CorpusRow> StoreReceived();
  // ResourceExhausted: it does not fit into the quota of all corpora.
  absl::Status CheckQuota(Reader& reader) const;
  // The same; on an error, the received bytes are dropped, since they are in the way of others.
  absl::Status KeepToQuota();
  // Fills the fields of a corpus that are known once all of it was read.
  absl::Status CountSamples(const std::filesystem::path& path, CorpusRow* corpus) const;

  const Caller caller_;
  const UploadContext& context_;
  const std::function<bool()> is_cancelled_;
  std::optional<v1::CorpusHeader> header_;
  CorpusOptions reading_;
  bool is_stored_ = false;  // the content is in corpora/ already: chunks are not needed
  std::shared_ptr<PartialUpload> partial_;
  UploadRoom::Share room_;  // for the remaining bytes
  int64_t claim_ = 0;       // 0: nothing was recorded, or it is settled
  int64_t unchecked_ = 0;   // bytes that came since the quota was looked at
};

}  // namespace electra::server

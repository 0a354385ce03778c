// One corpus on its way from a client to the store.
//
// Nothing of it is kept until its bytes are those that were announced and all of it was read as
// what it was said to be. Not thread-safe: the calls come one after the other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "absl/status/statusor.h"
#include "core/hub/file.h"
#include "core/text/corpus_reader.h"
#include "core/text/sha256.h"
#include "electra/v1/corpus.pb.h"
#include "server/access/caller.h"
#include "server/data_dir.h"
#include "server/store/corpora.h"
#include "server/store/database.h"

namespace electra {

class CorpusUpload {
 public:
  CorpusUpload(Caller caller, Database& database, const DataDir& data_dir)
      : caller_(std::move(caller)), database_(database), data_dir_(data_dir) {}
  // Removes what was received when it was not stored.
  ~CorpusUpload();
  CorpusUpload(const CorpusUpload&) = delete;
  CorpusUpload& operator=(const CorpusUpload&) = delete;

  // The next message of the stream: first a header, then chunks.
  absl::Status Receive(const v1::UploadCorpusRequest& request);

  // All was received: checks it and stores it. A corpus with this content that is read the same way
  // is given back as it is.
  absl::StatusOr<CorpusRow> Store();

 private:
  absl::Status ReceiveHeader(const v1::CorpusHeader& header);
  absl::Status ReceiveChunk(const v1::CorpusChunk& chunk);
  // Fills what is known of a corpus once all of it was read.
  absl::Status CountSamples(CorpusRow* corpus) const;

  const Caller caller_;
  Database& database_;
  const DataDir& data_dir_;
  std::optional<v1::CorpusHeader> header_;
  CorpusOptions reading_;
  std::filesystem::path path_;  // in uploads/
  std::optional<FileWriter> file_;
  Sha256 sha256_;
  int64_t received_ = 0;
};

}  // namespace electra

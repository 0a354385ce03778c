// Sends a local corpus to the server: a file, or a folder as a tar archive.
//
// The digest is computed first; the server says how much of that content it has, and the rest is
// sent. After a break of the connection, the upload continues by itself where it stopped, with
// growing pauses. A file that changes in between is noticed and refused. Thread safety: one call at
// a time. Ownership: borrows everything.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/files/scratch_file.h"
#include "client/shell/command_context.h"
#include "client/transfer/corpus_files.h"
#include "electra/v1/corpus.pb.h"

namespace electra::client {

struct UploadOptions {
  std::string path;
  v1::CorpusFormat format = v1::CORPUS_FORMAT_UNSPECIFIED;  // by the server, from the file name
  std::string column;
  std::string encoding;  // empty: UTF-8
  v1::OnInvalidText on_invalid = v1::ON_INVALID_TEXT_UNSPECIFIED;
  std::string delimiter;  // empty: by the format
  v1::Quoting quoting = v1::QUOTING_UNSPECIFIED;
  // By ResolveCorpus: the files of `path` where it is a folder, and the converted file.
  std::vector<CorpusFile> files = {};
  std::shared_ptr<const ScratchFile> converted = nullptr;
};

// The header for a file of this size, without its digest.
v1::CorpusHeader HeaderOf(const UploadOptions& options, int64_t size_bytes);

struct UploadOutcome {
  absl::Status local;   // the file could not be read; Cancelled where the user interrupted
  grpc::Status remote;  // of the call, where `local` is OK
  v1::Corpus corpus;    // where both are OK
};

inline constexpr int64_t kUploadChunk = 256 << 10;

// No server that works is slower than this; one that hangs must not hold the client forever.
inline constexpr int64_t kSlowestBytesPerSecond = 64 << 10;

UploadOutcome UploadCorpus(CommandContext& context, const UploadOptions& options);

}  // namespace electra::client

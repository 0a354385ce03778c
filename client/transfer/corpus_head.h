// Whether a local corpus begins as it is said to, looked at before any of it is sent: the kind of
// file, the encoding, the column.
//
// Refuses only certain errors, in the server's own words: the server reads the whole file and
// decides. Files that cannot be read here (zstd, encodings that the system does not know) are left
// to the server.
//
// Thread safety: a pure function, apart from reading the file.
#pragma once

#include "absl/status/status.h"
#include "client/transfer/upload.h"

namespace electra::client {

// InvalidArgument where the server would refuse the file for its beginning.
absl::Status CheckCorpusHead(const UploadOptions& upload);

}  // namespace electra::client

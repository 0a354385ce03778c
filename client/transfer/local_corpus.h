// Prepares a corpus of this machine: finds its files, and converts the ones that the server cannot
// read.
//
//   RETURN_IF_ERROR(ResolveCorpus(context.environment, context.language, upload));
//   ASSIGN_OR_RETURN(CorpusContent content, CorpusContent::Open(upload));
//
// Thread safety: one call at a time.
#pragma once

#include "absl/status/status.h"
#include "client/environment/environment.h"
#include "client/i18n/catalogue.h"
#include "client/transfer/upload.h"

namespace electra::client {

// Leaves a text file as it is. Finds the files of a folder, and says on standard error which others
// it leaves out; a column of Parquet or Arrow files becomes a .jsonl, which goes with `upload`.
absl::Status ResolveCorpus(Environment& environment, Language language, UploadOptions& upload);

}  // namespace electra::client

// A corpus of this machine on its way to becoming bytes: which files it is, and what they are made
// into where the server does not read them.
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

// Leaves a file of text as it is. Of a folder it finds the files, and says on standard error which
// others it leaves out; a column of Parquet or Arrow files becomes a .jsonl, which goes with `upload`.
absl::Status ResolveCorpus(Environment& environment, Language language, UploadOptions& upload);

}  // namespace electra::client

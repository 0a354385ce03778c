// The text of a column of Parquet and Arrow files, by the user's Python and its pyarrow: no library
// for them is in Debian.
//
// Thread safety: one call at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/environment/environment.h"
#include "client/files/scratch_file.h"
#include "client/transfer/corpus_files.h"

namespace electra::client {

// What Python runs: read_column.py.
std::string_view ColumnScript();

// The samples as .jsonl, in a file that is removed with the object. Errors call the corpus `name`.
// FailedPrecondition: there is no pyarrow, or a file cannot be read; InvalidArgument: there is no
// such column, or it does not contain text; Cancelled: the user interrupted.
absl::StatusOr<std::unique_ptr<ScratchFile>> ReadColumn(Environment& environment,
                                                        const std::string& name,
                                                        const std::vector<CorpusFile>& files,
                                                        const std::string& column);

}  // namespace electra::client

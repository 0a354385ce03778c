// Corpora in columns: .csv and .tsv (private to core/text).
//
// A .csv is RFC 4180's; where its first line does not name the column between commas, semicolons or
// tabs separate. core/text/tsv_fields.h reads text between tabs. CorpusOptions::delimiter and
// quoting override both.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "core/text/corpus_reader.h"
#include "core/text/record_reader.h"
#include "core/text/text_decoder.h"

namespace electra {

// InvalidArgument: the column is not there (the message lists the existing ones).
absl::StatusOr<std::unique_ptr<RecordReader>> OpenTable(std::unique_ptr<TextDecoder> decoder,
                                                        const CorpusOptions& options);

}  // namespace electra

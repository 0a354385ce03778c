// How a corpus is read, as users write it in options and job files.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "electra/v1/corpus.pb.h"

namespace electra::client {

// txt, csv, tsv or jsonl.
absl::StatusOr<v1::CorpusFormat> ParseFormat(const std::string& name);

// refuse, replace or skip.
absl::StatusOr<v1::OnInvalidText> ParseOnInvalid(const std::string& name);

// A character as it is, "tab" or "\\t".
absl::StatusOr<std::string> ParseDelimiter(const std::string& text);

// none or csv.
absl::StatusOr<v1::Quoting> ParseQuoting(const std::string& name);

}  // namespace electra::client

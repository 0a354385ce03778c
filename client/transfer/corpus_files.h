// The files of a corpus that is not one text file: a folder, a folder of Hugging Face `datasets`,
// Parquet and Arrow files.
//
//   ASSIGN_OR_RETURN(const CorpusFiles found, FindCorpusFiles("books/", v1::CORPUS_FORMAT_UNSPECIFIED));
//
// Thread safety: functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "electra/v1/corpus.pb.h"

namespace electra::client {

struct CorpusFile {
  std::string path;
  std::string name;  // within the folder
  int64_t size_bytes = 0;
};

struct CorpusFiles {
  std::vector<CorpusFile> files;  // by their names
  v1::CorpusFormat format = v1::CORPUS_FORMAT_UNSPECIFIED;
  bool is_columnar = false;           // Parquet or Arrow, not one of the formats
  std::vector<std::string> left_out;  // files of unknown or other kinds
};

// By its ending.
bool IsColumnarFile(const std::string& path);

// All files of one kind in a folder and its subfolders; `format` chooses the kind where there are
// several. Skips hidden files. FailedPrecondition: there are no files, they are of several kinds,
// or it is a dataset of several splits.
absl::StatusOr<CorpusFiles> FindCorpusFiles(const std::string& folder, v1::CorpusFormat format);

}  // namespace electra::client

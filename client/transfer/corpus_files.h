// Which files a corpus is made of, where it is not one file of text: a folder, a folder of Hugging
// Face `datasets`, Parquet and Arrow files.
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
  std::vector<std::string> left_out;  // names of what is of no kind that is known, or of another
};

// By its ending.
bool IsColumnarFile(const std::string& path);

// Of a folder, with the folders in it: all files of one kind, which `format` chooses where there are
// several. Hidden files are no part of it. FailedPrecondition: there are none, they are of several
// kinds, or it is a dataset of several splits.
absl::StatusOr<CorpusFiles> FindCorpusFiles(const std::string& folder, v1::CorpusFormat format);

}  // namespace electra::client

// The content of a repository of the Hugging Face hub at one commit, as the hub describes it.
//
//   ASSIGN_OR_RETURN(Repository repository, ParseRepository("monologg/koelectra-small-v3", json));
//
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace electra {

struct RepositoryFile {
  std::string name;  // a plain name, as model directories have them
  int64_t size_bytes = 0;
  // One of the two, in lower-case hexadecimal: the SHA-256 of a large file's content, or git's blob
  // digest of a small one.
  std::string sha256;
  std::string blob_sha1;
};

struct Repository {
  std::string name;                   // "ORG/NAME"
  std::string commit;                 // in lower-case hexadecimal
  std::vector<RepositoryFile> files;  // the ones that a model directory needs

  std::string source() const;  // "hf:ORG/NAME@COMMIT"
  int64_t size_bytes() const;
};

// From the hub's answer to api/models/ORG/NAME/revision/REVISION?blobs=true. Takes only the files
// of a model directory: one kind of weights, safetensors before pickles.
//
// FailedPrecondition: it has no config.json or no weights that can be read. InvalidArgument: it is
// not such an answer.
absl::StatusOr<Repository> ParseRepository(const std::string& name, std::string_view json);

}  // namespace electra

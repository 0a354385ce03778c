// A model's name on the hub, as a user gives it, and after the first line what a hub says of it.
#include <algorithm>

#include "core/base/hub_name.h"
#include "core/base/model_files.h"
#include "core/download/repository.h"
#include "tests/fuzz/fuzz_file.h"

namespace electra {
namespace {

void CheckName(std::string_view text) {
  const absl::StatusOr<HubName> name = ParseHubName(text);
  if (!name.ok()) {
    Require(name.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  Require(HubNameText(*name) == text);
  for (const std::string& part : {name->repository, name->revision}) {
    Require(part.find("..") == part.npos && !part.starts_with('/'));
    Require(std::none_of(part.begin(), part.end(),
                         [](char c) { return c <= ' ' || c == '\\' || c == '%' || c == '?'; }));
  }
  const std::string model = ModelNameOf(*name);
  Require(!model.empty() && model.find('/') == model.npos);
}

bool IsDigest(std::string_view text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

void CheckRepository(std::string_view json) {
  const absl::StatusOr<Repository> repository = ParseRepository("org/name", json);
  if (!repository.ok()) {
    Require(repository.status().code() == absl::StatusCode::kInvalidArgument ||
            repository.status().code() == absl::StatusCode::kFailedPrecondition);
    return;
  }
  Require(IsCommit(repository->commit));
  int64_t sum = 0;
  for (const RepositoryFile& file : repository->files) {
    Require(IsModelFileName(file.name));
    Require(file.size_bytes >= 0);
    Require(file.sha256.empty() ? IsDigest(file.blob_sha1, 40)
                                : file.blob_sha1.empty() && IsDigest(file.sha256, 64));
    Require(!__builtin_add_overflow(sum, file.size_bytes, &sum));
  }
  Require(repository->size_bytes() == sum);
}

}  // namespace
}  // namespace electra

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = electra::AsText(data, size);
  const size_t end = std::min(text.find('\n'), text.size());
  electra::CheckName(text.substr(0, end));
  electra::CheckRepository(text.substr(std::min(end + 1, text.size())));
  return 0;
}

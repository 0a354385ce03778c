#include "client/text/resource_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace electra::client {
namespace {

std::string WithCollection(const char* collection, const std::string& given) {
  return absl::StartsWith(given, collection) ? given : absl::StrCat(collection, given);
}

}  // namespace

std::string JobName(const std::string& given) { return WithCollection("jobs/", given); }

std::string CorpusName(const std::string& given) { return WithCollection("corpora/", given); }

std::string ModelName(const std::string& given) { return WithCollection("models/", given); }

bool IsOfJob(const std::string& model) { return absl::StartsWith(model, "jobs/"); }

std::string StartingModelName(const std::string& given) {
  return IsOfJob(given) ? given : ModelName(given);
}

std::string ShortName(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

}  // namespace electra::client

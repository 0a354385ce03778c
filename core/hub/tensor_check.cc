#include "core/hub/tensor_check.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/json.h"
#include "core/hub/tensor.h"

namespace electra {
namespace {

constexpr size_t kMaxListed = 10;

}  // namespace

absl::Status CheckShapes(std::string_view where, const ShapeMap& expected, const ShapeMap& found) {
  std::vector<std::string> problems;
  for (const auto& [name, shape] : expected) {
    const auto entry = found.find(name);
    if (entry == found.end()) {
      problems.push_back(
          absl::StrCat("tensor ", name, " of shape ", ShapeString(shape), " is missing"));
    } else if (entry->second != shape) {
      problems.push_back(absl::StrCat("tensor ", name, " has shape ", ShapeString(entry->second),
                                      ", but config.json asks for ", ShapeString(shape)));
    }
  }
  for (const auto& [name, shape] : found) {
    if (!expected.contains(name)) {
      problems.push_back(absl::StrCat("tensor ", JsonExcerpt(name), " of shape ",
                                      ShapeString(shape), " is not part of this network"));
    }
  }
  if (problems.empty()) return absl::OkStatus();
  const size_t count = problems.size();
  if (count > kMaxListed) {
    problems.resize(kMaxListed);
    problems.push_back(absl::StrCat("and ", count - kMaxListed, " more"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(where), ": ", absl::StrJoin(problems, "; ")));
}

}  // namespace electra

#include "core/hub/tensor_check.h"

#include <algorithm>
#include <span>

#include "core/base/json.h"
#include "core/base/message.h"
#include "core/hub/tensor.h"

namespace electra {
namespace {

constexpr size_t kMaxListed = 5;

// Nested from the end, so that each problem keeps its code.
Message Join(std::span<const Message> problems, size_t more) {
  const Message& first = problems.front();
  if (problems.size() > 1) {
    return Message("TENSOR_PROBLEMS", "{first}; {rest}", first, Join(problems.subspan(1), more));
  }
  if (more == 0) return first;
  return Message("TENSOR_PROBLEMS_MORE", "{first}; and {more} more", first, more);
}

}  // namespace

absl::Status TensorError(std::string_view name, const absl::Status& status) {
  return Error(status.code(),
               Message("TENSOR_PROBLEM", "tensor {tensor} {problem}", JsonExcerpt(name), status));
}

absl::Status CheckShapes(std::string_view where, const ShapeMap& expected, const ShapeMap& found) {
  std::vector<Message> problems;
  for (const auto& [name, shape] : expected) {
    const auto entry = found.find(name);
    if (entry == found.end()) {
      problems.push_back(Message("TENSOR_MISSING", "tensor {tensor} of shape {shape} is missing",
                                 name, ShapeString(shape)));
    } else if (entry->second != shape) {
      problems.push_back(Message(
          "TENSOR_SHAPE", "tensor {tensor} has shape {shape}, but config.json asks for {expected}",
          name, ShapeString(entry->second), ShapeString(shape)));
    }
  }
  for (const auto& [name, shape] : found) {
    if (!expected.contains(name)) {
      problems.push_back(Message("TENSOR_NOT_EXPECTED",
                                 "tensor {tensor} of shape {shape} is not part of this network",
                                 JsonExcerpt(name), ShapeString(shape)));
    }
  }
  if (problems.empty()) return absl::OkStatus();
  const size_t listed = std::min(problems.size(), kMaxListed);
  const Message joined = Join(std::span(problems).first(listed), problems.size() - listed);
  return Error(absl::StatusCode::kInvalidArgument, Within(where, joined));
}

}  // namespace electra

#include "server/filter/job_order.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "core/base/utf8.h"
#include "server/filter/job_fields.h"

namespace electra::server {
namespace {

constexpr size_t kMaxOrderBytes = 256;

absl::Status OrderError(const Message& problem) {
  return Error(absl::StatusCode::kInvalidArgument,
               Within(Message("ORDER_BY", "order_by"), problem));
}

}  // namespace

absl::StatusOr<std::vector<JobOrder>> ParseJobOrder(std::string_view order_by) {
  if (order_by.size() > kMaxOrderBytes) {
    return OrderError(Message("ORDER_TOO_LONG",
                              "it has {bytes} bytes: at most {limit} are accepted", order_by.size(),
                              kMaxOrderBytes));
  }
  std::vector<JobOrder> order;
  const std::string text(absl::StripAsciiWhitespace(std::string(order_by)));
  if (text.empty()) return order;
  const std::vector<std::string> terms = absl::StrSplit(text, ',');
  for (const std::string& term : terms) {
    const std::vector<std::string> words =
        absl::StrSplit(term, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.empty()) {
      return OrderError(Message("ORDER_FIELD_MISSING", "a field is missing beside a comma"));
    }
    const JobField* field = FindJobField(words[0]);
    if (field == nullptr) return OrderError(UnknownJobField(words[0]));
    if (words.size() > 2 || (words.size() == 2 && words[1] != "asc" && words[1] != "desc")) {
      return OrderError(
          Message("ORDER_TERM", "{term} is not FIELD, FIELD asc or FIELD desc", Quoted(term)));
    }
    const bool known = std::any_of(order.begin(), order.end(),
                                   [&](const JobOrder& one) { return one.sql == field->sql; });
    if (known) return OrderError(Message("ORDER_FIELD_TWICE", "{field} is named twice", words[0]));
    order.push_back({.sql = std::string(field->sql),
                     .direction = words.size() == 2 && words[1] == "desc"
                                      ? JobOrder::Direction::kDescending
                                      : JobOrder::Direction::kAscending});
  }
  return order;
}

}  // namespace electra::server

// Filters of lists in the syntax of AIP-160: from text to a tree.
//
//   state=SUCCEEDED AND (model=small OR model=base) AND NOT tags.sweep="a b" AND eval_loss<12
//
// `OR` binds tighter than `AND`, as the AIP says; terms separated only by white space are joined by
// AND, which binds the least. `-` before a term is NOT. A term is FIELD OPERATOR VALUE with one of
// = != < <= > >= and `:` (has), or a VALUE alone. Fields are names joined by dots. A value is a
// word, up to white space or a parenthesis, or is quoted by " or ', with \ before a quote or a \.
// AND, OR and NOT are upper case.
//
// The caller's table decides which fields exist and what their values mean.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/message.h"

namespace electra::server {

inline constexpr size_t kMaxFilterBytes = 4096;
inline constexpr int kMaxFilterDepth = 32;  // of parentheses and NOTs in each other
inline constexpr int kMaxFilterTerms = 100;

// Both from 1; a column is a character. A filter may contain newlines, which are white space.
struct FilterPlace {
  int line = 1;
  int column = 1;
};

enum class FilterOperator { kEqual, kNotEqual, kLess, kAtMost, kGreater, kAtLeast, kHas };

struct FilterTerm {
  std::string field;  // "tags.sweep"; empty: a value alone, to be found anywhere
  FilterOperator op = FilterOperator::kHas;
  std::string value;
  bool quoted = false;
  FilterPlace field_place;
  FilterPlace value_place;
};

struct FilterNode {
  enum class Kind { kAnd, kOr, kNot, kTerm };
  Kind kind = Kind::kTerm;
  std::vector<FilterNode> children;  // of kAnd and kOr at least two, of kNot one
  FilterTerm term;
};

// Nothing for a filter without a term. InvalidArgument: not a filter, or one that is too long or
// too deep; the message begins with the place, "filter:1:7: ".
absl::StatusOr<std::optional<FilterNode>> ParseFilter(std::string_view text);

// InvalidArgument at a place of the filter.
absl::Status FilterError(const FilterPlace& place, const Message& problem);

}  // namespace electra::server

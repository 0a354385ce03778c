// Early return of errors for functions that return absl::Status or absl::StatusOr<T>.
//
//   absl::StatusOr<Corpus> Open(std::string_view path) {
//     ASSIGN_OR_RETURN(File file, File::Open(path));
//     RETURN_IF_ERROR(file.CheckHeader());
//     return Corpus(std::move(file));
//   }
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define ELECTRA_CONCAT_INNER_(a, b) a##b
#define ELECTRA_CONCAT_(a, b) ELECTRA_CONCAT_INNER_(a, b)

#define RETURN_IF_ERROR(expression)                    \
  do {                                                 \
    absl::Status electra_status_ = (expression);       \
    if (!electra_status_.ok()) return electra_status_; \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_IMPL_(ELECTRA_CONCAT_(electra_status_or_, __LINE__), declaration, expression)

// A name and a declaration, which take no parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define ASSIGN_OR_RETURN_IMPL_(result, declaration, expression) \
  auto result = (expression);                                   \
  if (!result.ok()) return std::move(result).status();          \
  declaration = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)

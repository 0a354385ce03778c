// Filters of jobs: a tree of terms (filter.h) checked against the fields of jobs, as SQL over the
// joined tables jobs and job_texts.
//
//   text   = != and `:` (holds, whatever the case of Latin letters); `*` at the beginning or end of
//          a value of = and != stands for any text. `name` is the display name.
//   state  = and !=
//   number all operators; `:` is =
//   time   2026-11-01, midnight in UTC for < <= > >=, the whole day for =; or RFC 3339
//   tags.KEY             as text; `tags:KEY` and `tags.KEY:*` ask whether there is one
//   hyperparameters.KEY  by the type of the key
//   FIELD:*              whether the job has one
//   a value alone        in name, note, model, corpus's name or a tag, or beginning the id
//
// NOT of a term is true where the job lacks the field; `!=` is not.
//
// Thread safety: pure functions.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/store/sql.h"

namespace electra::server {

// InvalidArgument with the place of the mistake.
absl::StatusOr<SqlCondition> CompileJobFilter(std::string_view filter);

}  // namespace electra::server

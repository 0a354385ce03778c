// Filters of jobs and, after a zero byte, orders: accepted text runs on a database as it is stored,
// with a value for each of its parameters.
#include <SQLiteCpp/Database.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "migrations/migrations.h"
#include "server/filter/job_filter.h"
#include "server/filter/job_order.h"
#include "tests/fuzz/fuzz_file.h"

namespace electra::server {
namespace {

SQLite::Database& EmptyDatabase() {
  static SQLite::Database* const database = [] {
    auto* made = new SQLite::Database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (const Migration& migration : Migrations()) made->exec(std::string(migration.sql));
    return made;
  }();
  return *database;
}

void Filter(std::string_view text) {
  const auto condition = CompileJobFilter(text);
  if (!condition.ok()) {
    Require(condition.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const auto parameters = std::count(condition->sql.begin(), condition->sql.end(), '?');
  Require(static_cast<size_t>(parameters) == condition->values.size());
  SQLite::Statement query(
      EmptyDatabase(),
      absl::StrCat("SELECT id FROM jobs WHERE ", condition->sql.empty() ? "1" : condition->sql));
  BindAll(query, 1, condition->values);
  Require(!query.executeStep());
}

void Order(std::string_view text) {
  const auto order = ParseJobOrder(text);
  if (!order.ok()) return;
  for (const JobOrder& term : *order) {
    SQLite::Statement query(EmptyDatabase(),
                            absl::StrCat("SELECT id FROM jobs ORDER BY ", term.sql));
    Require(!query.executeStep());
  }
}

}  // namespace
}  // namespace electra::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = electra::AsText(data, size);
  if (size > 0 && data[0] == 0) {
    electra::server::Order(text.substr(1));
  } else {
    electra::server::Filter(text);
  }
  return 0;
}
